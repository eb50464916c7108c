/// The refused messages of one object, oldest first, and where the sender's present round through them stands.
///
/// A sender that was refused begins again with the oldest message it still has, and sends nothing of the object before
/// all its answers are in (``Outbox`` does so). So what comes after a refused message of the same round was sent
/// without knowing of the refusal and must not be applied; a step back marks the next round.
struct HeldBack: Sendable {
  private var ids: [String] = []
  /// The place of the last refused message of this round; nil when its last one was applied.
  private var refusedAt: Int?

  var count: Int { ids.count }

  /// Whether the message may be applied; what may not is noted as refused.
  mutating func admits(_ id: String, mayGrow: Bool) -> Bool {
    let place = ids.firstIndex(of: id)
    guard let refusedAt, place.map({ $0 > refusedAt }) ?? true else {
      // A new round; or one whose refused messages the sender has given up, when the message is none of them.
      if place == nil { ids = [] }
      return true
    }
    refuse(id, mayGrow: mayGrow)
    return false
  }

  /// - Parameter mayGrow: whether there is room for one more; otherwise the oldest is forgotten for it.
  mutating func refuse(_ id: String, mayGrow: Bool) {
    if let place = ids.firstIndex(of: id) {
      refusedAt = place
      return
    }
    if !mayGrow && !ids.isEmpty { ids.removeFirst() }
    ids.append(id)
    refusedAt = ids.count - 1
  }

  /// The message was applied or given up, and with it those before it: the sender goes in order.
  mutating func settle(_ id: String) {
    if let place = ids.firstIndex(of: id) { ids.removeFirst(place + 1) }
    refusedAt = nil
  }
}
