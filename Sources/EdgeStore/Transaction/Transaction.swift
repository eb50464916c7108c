/// If all compares hold, do `success`, else do `failure`: in one step and, when it changes something, one revision.
///
/// Operations run in order and see what those before them did. One branch may write a key only once, its nested
/// transactions included. All compares, those of nested transactions too, are made before anything is changed.
public struct Transaction: Hashable, Sendable {
  public var compares: [Compare]
  public var success: [Operation]
  public var failure: [Operation]

  public init(compares: [Compare] = [], success: [Operation], failure: [Operation] = []) {
    self.compares = compares
    self.success = success
    self.failure = failure
  }

  public enum Operation: Hashable, Sendable {
    case put(PutRequest)
    case delete(DeleteRequest)
    case range(RangeRequest)
    indirect case transaction(Transaction)

    public static func put(_ key: StoreKey, _ value: [UInt8]) -> Operation {
      .put(PutRequest(key: key, value: value))
    }
    public static func delete(_ keys: KeyRange) -> Operation { .delete(DeleteRequest(keys: keys)) }
  }

  /// Whether neither branch can change anything.
  public var isReadOnly: Bool { !success.contains(where: \.isWrite) && !failure.contains(where: \.isWrite) }
}

extension Transaction {
  /// The older revisions at which it may read.
  package var revisionsRead: [Revision] {
    (success + failure).flatMap { operation -> [Revision] in
      switch operation {
      case .range(let range): range.revision.map { $0 > .zero ? [$0] : [] } ?? []
      case .transaction(let nested): nested.revisionsRead
      case .put, .delete: []
      }
    }
  }
}

extension Transaction.Operation {
  package var isWrite: Bool {
    switch self {
    case .range: false
    case .put, .delete: true
    case .transaction(let nested): !nested.isReadOnly
    }
  }
}

public struct PutRequest: Hashable, Sendable {
  public var key: StoreKey
  public var value: [UInt8]
  /// Whether the response carries what the key held before.
  public var returnsPrevious: Bool
  /// The lease the key belongs to from now on; none detaches it. An unknown one is refused with `leaseNotFound`.
  public var lease: LeaseID
  /// Keep what the key holds and change only the rest; `value` must be empty, and the key must exist (`keyNotFound`).
  public var keepsValue: Bool
  /// Leave the key under its lease; `lease` must be none, and the key must exist (`keyNotFound`).
  public var keepsLease: Bool

  public init(
    key: StoreKey, value: [UInt8], returnsPrevious: Bool = false, lease: LeaseID = .none, keepsValue: Bool = false,
    keepsLease: Bool = false
  ) {
    self.key = key
    self.value = value
    self.returnsPrevious = returnsPrevious
    self.lease = lease
    self.keepsValue = keepsValue
    self.keepsLease = keepsLease
  }
}

public struct DeleteRequest: Hashable, Sendable {
  public var keys: KeyRange
  /// Whether the response carries what was deleted.
  public var returnsPrevious: Bool

  public init(keys: KeyRange, returnsPrevious: Bool = false) {
    self.keys = keys
    self.returnsPrevious = returnsPrevious
  }
}
