extension Outbox {
  /// One pending item. Entries stand in an array and are linked by their places, so that nothing is searched or moved.
  struct Entry: Sendable {
    enum Stage: Sendable {
      case free
      /// Taken, not yet handed to the journal.
      case staged
      case writing
      case waiting
      case inFlight
    }

    var item: DeliveryItem
    var object: Int
    /// Grows with every entry: the order of arrival, and what tells an entry from an earlier one in its place.
    var stamp: UInt64
    var stage = Stage.waiting
    /// The next waiting item of the object.
    var next: Int?
    /// Whether the journal holds, or will hold, a record of it.
    var isJournaled = false
    /// Its place in the line, as the journal knows it; 0 before it was written.
    var sequence: UInt64 = 0
    /// The segment of the journal that holds it, and its place there; nil for the one record of an object.
    var segment: (number: UInt64, index: UInt32)?
    /// The order of sending.
    var order: UInt64 = 0
    var transmissions = 0
    /// Distinguishes its current deadline from outdated ones.
    var flightStamp: UInt64 = 0
  }

  struct Object: Sendable {
    let key: String
    let deliveryClass: DeliveryClass
    /// The waiting items, oldest first.
    var head: Int?
    var tail: Int?
    /// Of objects that keep the latest only: the newest item that the journal has not been given.
    var staged: Int?
    /// Of objects that keep the latest only: the item that the journal writes at the moment.
    var writing: Int?
    var unwrittenCount = 0
    var inFlight = 0
    /// Whether what is in flight must be alone there.
    var isExclusive = false
    /// Set when one of several messages in flight was refused: nothing follows until all of them are answered, so that
    /// the repetition begins with the oldest.
    var isRecovering = false
    /// Its entries, and one for each abandoned record that is still on the disk.
    var entryCount = 0
    /// Items that were given up or dropped, and whose records are still on the disk. Nothing of the object goes until
    /// they are not: after a crash they would come back, behind what was sent since.
    var abandonedRecords = 0
    /// Set while a refused item waits for its time; the stamp names the valid deadline.
    var deferral: (until: Instant, stamp: UInt64)?
    /// Names its valid ticket in a lane; nil when it is in none.
    var ticket: UInt64?
    /// The highest version taken so far; it outlives the items, because an item without a version may replace them.
    var highest: UInt64?

    var newestUnsent: Int? { staged ?? writing ?? tail }
  }

  /// A place in a queue; outdated when the stamp is not the valid one any more.
  struct Ticket: Sendable {
    let place: Int
    let stamp: UInt64
  }

  mutating func nextStamp() -> UInt64 {
    lastStamp += 1
    return lastStamp
  }

  // MARK: Objects

  mutating func makeObject(_ key: String, _ deliveryClass: DeliveryClass) -> Int {
    let object = Object(key: key, deliveryClass: deliveryClass)
    let slot: Int
    if let free = freeObjects.popLast() {
      slot = free
      objects[slot] = object
    } else {
      slot = objects.count
      objects.append(object)
    }
    slots[key] = slot
    return slot
  }

  mutating func release(object slot: Int) {
    slots[objects[slot].key] = nil
    objects[slot] = Object(key: "", deliveryClass: .objects)
    freeObjects.append(slot)
  }

  func policy(of slot: Int) -> DeliveryPolicy { configuration[objects[slot].deliveryClass] }

  /// Whether the first waiting item of the object may go now, as far as the object is concerned.
  private func mayGo(_ slot: Int) -> Bool {
    guard let head = objects[slot].head, objects[slot].deferral == nil,
      objects[slot].abandonedRecords == 0, !heldClasses.contains(objects[slot].deliveryClass)
    else { return false }
    if objects[slot].inFlight == 0 { return true }
    if objects[slot].isExclusive || objects[slot].isRecovering || isExclusive(head) { return false }
    return objects[slot].inFlight < policy(of: slot).maximumInFlightPerObject
  }

  func isExclusive(_ entry: Int) -> Bool {
    entries[entry].item.version != nil || policy(of: entries[entry].object).keepsLatestOnly
  }

  /// Gives the object a place at the end of its lane when it may go and has none.
  mutating func schedule(_ slot: Int) {
    guard objects[slot].ticket == nil, mayGo(slot) else { return }
    let stamp = nextStamp()
    objects[slot].ticket = stamp
    let lane = Int(policy(of: slot).priority.rawValue)
    lanes[lane].append(Ticket(place: slot, stamp: stamp))
    // Objects that left without going leave outdated tickets behind; offline nobody else would clear them away.
    if lanes[lane].count > 2 * slots.count + 64 { lanes[lane].filter { objects[$0.place].ticket == $0.stamp } }
  }

  /// Gives the objects that may go the first places of their lanes, in this order.
  mutating func scheduleFirst(_ slots: [Int]) {
    let base = lastStamp
    var fronts = [[Ticket]](repeating: [], count: lanes.count)
    for slot in slots where mayGo(slot) && objects[slot].ticket ?? 0 <= base {
      let stamp = nextStamp()
      objects[slot].ticket = stamp
      fronts[Int(policy(of: slot).priority.rawValue)].append(Ticket(place: slot, stamp: stamp))
    }
    for (lane, front) in fronts.enumerated() where !front.isEmpty { lanes[lane].prepend(front) }
  }

  mutating func endDeferral(of slot: Int) {
    guard objects[slot].deferral != nil else { return }
    objects[slot].deferral = nil
    pruneDeadlines()
    schedule(slot)
  }

  // MARK: Entries

  mutating func makeEntry(_ item: DeliveryItem, of slot: Int) -> Int {
    let entry = Entry(item: item, object: slot, stamp: nextStamp())
    let place: Int
    if let free = freeEntries.popLast() {
      place = free
      entries[place] = entry
    } else {
      place = entries.count
      entries.append(entry)
    }
    objects[slot].entryCount += 1
    waitingCount += 1
    pendingBytes += item.cost
    bytesByClass[classNumber(of: slot)] += item.cost
    countByClass[classNumber(of: slot)] += 1
    return place
  }

  func classNumber(of slot: Int) -> Int { Int(objects[slot].deliveryClass.rawValue) }

  /// Puts a newer item into an entry that has not been sent.
  mutating func replace(_ entry: Int, by item: DeliveryItem) {
    let change = item.cost - entries[entry].item.cost
    pendingBytes += change
    bytesByClass[classNumber(of: entries[entry].object)] += change
    entries[entry].item = item
  }

  /// Adds an entry to those that wait, at the end of its object's line.
  mutating func wait(_ entry: Int, of slot: Int, _ policy: DeliveryPolicy) {
    entries[entry].stage = .waiting
    entries[entry].next = nil
    if let tail = objects[slot].tail { entries[tail].next = entry } else { objects[slot].head = entry }
    objects[slot].tail = entry
    if case .dropOldest = policy.retention {
      let number = classNumber(of: slot)
      droppable[number].append(Ticket(place: entry, stamp: entries[entry].stamp))
      // What was sent meanwhile leaves outdated tickets behind; sweeping at twice the need keeps this O(1) amortised.
      if droppable[number].count > 2 * countByClass[number] + 64 {
        droppable[number].filter { entries[$0.place].stamp == $0.stamp && entries[$0.place].stage == .waiting }
      }
    }
    schedule(slot)
  }

  /// Puts an entry that was sent back into its object's line, where its age belongs.
  mutating func waitAgain(_ entry: Int) {
    let slot = entries[entry].object
    entries[entry].stage = .waiting
    waitingCount += 1
    var previous: Int?
    var following = objects[slot].head
    while let other = following, entries[other].stamp < entries[entry].stamp {
      previous = other
      following = entries[other].next
    }
    entries[entry].next = following
    if let previous { entries[previous].next = entry } else { objects[slot].head = entry }
    if following == nil { objects[slot].tail = entry }
  }

  /// Entries that wait again, oldest first, are the first to be dropped where their class drops.
  mutating func makeDroppable(_ returned: [Int]) {
    var tickets = [[Ticket]](repeating: [], count: DeliveryClass.count)
    for entry in returned {
      if case .dropOldest = policy(of: entries[entry].object).retention {
        tickets[classNumber(of: entries[entry].object)].append(
          Ticket(place: entry, stamp: entries[entry].stamp))
      }
    }
    for (number, front) in tickets.enumerated() where !front.isEmpty { droppable[number].prepend(front) }
  }

  /// Takes the first waiting entry out of its object's line.
  mutating func popFirst(of slot: Int) -> Int? {
    guard let entry = objects[slot].head else { return nil }
    objects[slot].head = entries[entry].next
    if objects[slot].head == nil { objects[slot].tail = nil }
    entries[entry].next = nil
    waitingCount -= 1
    return entry
  }

  /// Ends an entry that is in no line any more, its record and, with the last one, its object.
  /// - Parameter isAbandoned: whether the receiver does not know the message, and would apply it if it came back.
  mutating func dispose(_ entry: Int, isAbandoned: Bool = false) {
    let slot = entries[entry].object
    let number = classNumber(of: slot)
    pendingBytes -= entries[entry].item.cost
    bytesByClass[number] -= entries[entry].item.cost
    countByClass[number] -= 1
    if entries[entry].isJournaled { removeRecord(of: entry, slot, isAbandoned: isAbandoned) }
    entries[entry] = Self.noEntry
    freeEntries.append(entry)
    objects[slot].entryCount -= 1
    if objects[slot].entryCount == 0 { release(object: slot) }
  }

  private static let noEntry: Entry = {
    let message = EdgeMessage(header: MessageHeader(id: "", timestampMilliseconds: 0), route: MessageRoute())
    var entry = Entry(item: DeliveryItem(message: message, needsAcknowledgement: false), object: 0, stamp: 0)
    entry.stage = .free
    return entry
  }()

  /// Drops the oldest waiting item of a class; false when none waits.
  mutating func dropOldest(of number: Int) -> Bool {
    while let ticket = droppable[number].popFirst() {
      let entry = ticket.place
      guard entries[entry].stamp == ticket.stamp, entries[entry].stage == .waiting else { continue }
      let slot = entries[entry].object
      // Arrival orders both the class and the object, so the oldest of the class is the first of its object.
      guard objects[slot].head == entry, popFirst(of: slot) != nil else { continue }
      if objects[slot].head == nil {
        objects[slot].ticket = nil
        objects[slot].deferral = nil
      }
      counterTable[number].dropped += 1
      dispose(entry, isAbandoned: true)
      return true
    }
    return false
  }
}
