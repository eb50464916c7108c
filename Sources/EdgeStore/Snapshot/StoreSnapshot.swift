/// A copy of a whole store as of one moment, in pieces: read them in order until nil.
///
/// What the pieces make together is said by ``format``. Whoever holds a snapshot holds what it takes (a file, a stream), so
/// read it to its end or ``cancel()`` it. One task reads at a time.
public struct StoreSnapshot: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = StoreError

  /// Where the store stood at that moment; nil when only the copy itself tells (a real etcd does not say).
  public let revision: Revision?
  /// All bytes of all pieces; nil when it is not known in advance.
  public let totalBytes: Int64?
  public let format: Format
  private let handle: Handle

  /// What a copy consists of; an extensible name.
  public struct Format: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A database file of `SQLiteStore`: written to a file, that store opens it.
    public static let sqlite = Format(rawValue: "sqlite")
    /// Records that ``MemoryStore/init(restoring:compaction:clock:entropy:)`` takes.
    public static let records = Format(rawValue: "records")
    /// What an etcd member streams: its database file and the SHA-256 of it.
    public static let etcd = Format(rawValue: "etcd")
  }

  /// For authors of backends.
  ///
  /// - Parameters:
  ///   - next: gives the next piece, never an empty one, nil at the end; honours task cancellation by throwing or ending.
  ///   - cancel: frees what the snapshot holds; called once or more often, at the latest when the last copy of it goes away.
  public init(
    revision: Revision?, totalBytes: Int64?, format: Format,
    next: @escaping @Sendable () async throws(StoreError) -> [UInt8]?, cancel: @escaping @Sendable () -> Void
  ) {
    self.revision = revision
    self.totalBytes = totalBytes
    self.format = format
    handle = Handle(next: next, cancel: cancel)
  }

  /// The next piece; nil after the last.
  ///
  /// - Throws: ``StoreError`` with `io`, `closed` when the snapshot was cancelled, `damaged`.
  public func next() async throws(StoreError) -> [UInt8]? { try await handle.next() }

  /// Frees what the snapshot holds. Reading on fails with `closed`.
  public func cancel() { handle.cancel() }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let handle: Handle

    public mutating func next() async throws(StoreError) -> [UInt8]? { try await handle.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(StoreError) -> [UInt8]? {
      try await handle.next()
    }
  }

  /// Frees a forgotten snapshot.
  fileprivate final class Handle: Sendable {
    let next: @Sendable () async throws(StoreError) -> [UInt8]?
    let cancel: @Sendable () -> Void

    init(
      next: @escaping @Sendable () async throws(StoreError) -> [UInt8]?, cancel: @escaping @Sendable () -> Void
    ) {
      self.next = next
      self.cancel = cancel
    }

    deinit { cancel() }
  }
}
