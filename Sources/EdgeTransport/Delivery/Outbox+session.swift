extension Outbox {
  /// Ends all items of session classes; ``connectionLost()`` does so too. Call it when a connection begins, for what was
  /// enqueued while there was none. O(n) of the pending objects.
  public mutating func endSession() {
    for slot in Array(slots.values) where policy(of: slot).persistence == .session {
      let number = classNumber(of: slot)
      objects[slot].ticket = nil
      objects[slot].deferral = nil
      // Taken first: with its last entry the object itself is released.
      while let entry = popFirst(of: slot) {
        counterTable[number].ended += 1
        dispose(entry)
      }
    }
    pruneDeadlines()
  }

  /// Keeps the items of these classes back, and lets those of all others go; nothing is held at first. What is on its
  /// way already stays there. For a peer of which it is not known yet whether it takes them.
  ///
  /// O(n log n) of the pending objects.
  public mutating func setHeld(_ classes: Set<DeliveryClass>) {
    let changed = classes.symmetricDifference(heldClasses)
    guard !changed.isEmpty else { return }
    heldClasses = classes
    var released: [(slot: Int, stamp: UInt64)] = []
    for slot in slots.values where changed.contains(objects[slot].deliveryClass) {
      if classes.contains(objects[slot].deliveryClass) {
        objects[slot].ticket = nil
      } else if let head = objects[slot].head {
        released.append((slot, entries[head].stamp))
      }
    }
    for (slot, _) in released.sorted(by: { $0.stamp < $1.stamp }) { schedule(slot) }
  }

  /// Gives up all that waits, its records included; what is on its way stays there. For a peer that will not come back.
  public mutating func discardWaiting() {
    for slot in Array(slots.values) {
      let number = classNumber(of: slot)
      objects[slot].ticket = nil
      objects[slot].deferral = nil
      while let entry = popFirst(of: slot) {
        counterTable[number].dropped += 1
        dispose(entry, isAbandoned: true)
      }
    }
    pruneDeadlines()
  }

  /// Whether the journal is read and holds exactly what is pending: nothing is being written or waits for it.
  var isJournalQuiet: Bool {
    guard let journal else { return true }
    return journal.isRestored && journal.staged.isEmpty && journal.outstanding == nil && !journal.hasRemovals
      && journal.held.isEmpty
  }
}
