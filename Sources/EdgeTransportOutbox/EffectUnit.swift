import EdgeStore
import EdgeTransport

/// Effects that are committed in one transaction together with the memory of their messages.
struct EffectUnit {
  private(set) var operations: [Transaction.Operation] = []
  private(set) var identities: [IncomingIdentity] = []
  private var keys: Set<StoreKey> = []
  /// Whether an operation is anything but a put or a deletion of a single key.
  private var touchesMore = false
  private var bytes = 0

  /// What every store takes, less the two operations and the bytes of the memory.
  private static let maximumOperations = 120
  private static let maximumBytes = TransactionSplitter.maximumBytes
  private static let maximumIdentities = 1024

  /// Why no store could take these operations as one effect; nil when it could.
  static func problem(of operations: [Transaction.Operation]) -> String? {
    if operations.count > maximumOperations { return "an effect has at most \(maximumOperations) operations" }
    do throws(StoreError) {
      try Transaction(success: operations).validate()
    } catch {
      return error.message
    }
    let bytes = operations.reduce(0) { $0 + StoreJournal.size(of: $1) }
    return bytes > maximumBytes ? "an effect has at most \(maximumBytes) bytes" : nil
  }

  /// Whether the effect of one more message may join: a transaction has its limits, and writes a key once.
  func hasRoom(for added: [Transaction.Operation], of identity: IncomingIdentity) -> Bool {
    if identities.isEmpty { return true }
    if identities.count >= Self.maximumIdentities || operations.count + added.count > Self.maximumOperations {
      return false
    }
    if bytes + Self.size(of: added, identity) > Self.maximumBytes { return false }
    return !added.contains(where: collides)
  }

  private func collides(_ operation: Transaction.Operation) -> Bool {
    guard let key = Self.key(of: operation) else { return !operations.isEmpty }
    return touchesMore || keys.contains(key)
  }

  private static func key(of operation: Transaction.Operation) -> StoreKey? {
    switch operation {
    case .put(let put): put.key
    case .delete(let delete): delete.keys.singleKey
    case .range, .transaction: nil
    }
  }

  private static func size(of operations: [Transaction.Operation], _ identity: IncomingIdentity) -> Int {
    operations.reduce(identity.id.utf8.count + identity.objectKey.utf8.count + 16) { $0 + StoreJournal.size(of: $1) }
  }

  mutating func add(_ added: [Transaction.Operation], of identity: IncomingIdentity) {
    for operation in added {
      if let key = Self.key(of: operation) { keys.insert(key) } else { touchesMore = true }
    }
    bytes += Self.size(of: added, identity)
    operations += added
    identities.append(identity)
  }
}
