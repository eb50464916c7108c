import EdgeTransport

/// What a delivery simulation found wrong.
public struct DeliveryViolation: Error, Hashable, Sendable, CustomStringConvertible {
  public let seed: UInt64
  public let time: Duration
  public let what: String

  public var description: String { "seed \(seed), after \(time): \(what)" }
}

/// What was promised to the producers of one direction, and what took effect at its receiver: the judge of a
/// simulation.
///
/// Every object counts its items 1, 2, 3 ...; the rules are then short: effects of an object rise strictly (nothing is
/// out of order, nothing has two effects), and in the end everything promised has an effect, or, where the latest only
/// is kept, a newer one has.
struct DeliveryLedger {
  struct Item: Hashable {
    let object: String
    let index: UInt64
    let deliveryClass: DeliveryClass
  }

  private var produced: [String: UInt64] = [:]
  private var effects: [String: [UInt64]] = [:]
  private var promised: [Item] = []
  private var givenUp: Set<Item> = []
  private var newestGivenUp: [String: UInt64] = [:]
  private(set) var effectCount = 0
  var promisedCount: Int { promised.count }

  mutating func nextIndex(of object: String) -> UInt64 {
    produced[object, default: 0] += 1
    return produced[object, default: 0]
  }

  /// The producer was told that the item is durable.
  mutating func promise(_ item: Item) { promised.append(item) }

  /// The sender was told that the receiver will never take the item.
  mutating func giveUp(_ item: Item) {
    givenUp.insert(item)
    newestGivenUp[item.object] = max(item.index, newestGivenUp[item.object] ?? 0)
  }

  /// An effect is durable. Returns what is wrong with it.
  mutating func took(_ item: Item) -> String? {
    effectCount += 1
    let last = effects[item.object]?.last ?? 0
    effects[item.object, default: []].append(item.index)
    if item.index == last { return "\(item.object) #\(item.index) took effect twice" }
    if item.index < last { return "\(item.object) #\(item.index) took effect after #\(last)" }
    return nil
  }

  /// What is missing when nothing is on its way any more.
  func missing(keepsLatestOnly: (DeliveryClass) -> Bool) -> String? {
    for item in promised where !givenUp.contains(item) {
      let seen = effects[item.object] ?? []
      if keepsLatestOnly(item.deliveryClass) {
        // What was given up had taken the place of all older ones.
        if newestGivenUp[item.object] ?? 0 >= item.index { continue }
        if seen.last ?? 0 < item.index { return "\(item.object) #\(item.index) and all newer ones never took effect" }
      } else if !seen.contains(item.index) {
        return "\(item.object) #\(item.index) never took effect"
      }
    }
    return nil
  }
}
