import EdgePrimitives
import EdgeTransport

/// A store in virtual time: a transaction is whole or not there, and a crash decides which of those under way are.
///
/// It holds what a machine's shell would commit to an `MVCCStore`, and beside it the effects that a receiver commits in
/// the same transaction.
struct SimulatedDisk<Effect> {
  struct Commit {
    var operations: [JournalOperation]
    var effects: [Effect] = []
  }

  private var content: [[UInt8]: [UInt8]] = [:]
  private var underWay: [(number: UInt64, commit: Commit)] = []
  private var lastNumber: UInt64 = 0
  /// Keys put so far.
  private(set) var puts = 0

  /// Begins a transaction; ``finish(_:)`` makes it durable.
  mutating func begin(_ commit: Commit) -> UInt64 {
    lastNumber += 1
    underWay.append((lastNumber, commit))
    return lastNumber
  }

  /// Returns the effects that are durable now; nothing when the transaction died in a crash.
  mutating func finish(_ number: UInt64) -> [Effect] {
    guard let place = underWay.firstIndex(where: { $0.number == number }) else { return [] }
    return apply(underWay.remove(at: place).commit)
  }

  /// The machine dies: each transaction under way is there, or not.
  mutating func crash(_ entropy: SeededEntropy) -> [Effect] {
    var effects: [Effect] = []
    for (_, commit) in underWay where entropy.next(below: 2) == 0 { effects += apply(commit) }
    underWay = []
    return effects
  }

  private mutating func apply(_ commit: Commit) -> [Effect] {
    for operation in commit.operations {
      switch operation {
      case .put(let key, let value):
        content[key] = value
        puts += 1
      case .delete(let key): content[key] = nil
      case .deleteRange(let from, let until):
        for key in content.keys where !key.lexicographicallyPrecedes(from) && key.lexicographicallyPrecedes(until) {
          content[key] = nil
        }
      }
    }
    return commit.effects
  }

  var records: [(key: [UInt8], value: [UInt8])] {
    content.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
  }
  var recordCount: Int { content.count }
}
