import EdgeStore

/// The store contract as cases that any backend can run: each is one sentence of `docs/guarantees.md`.
///
/// ```swift
/// @Test(arguments: StoreConformance.cases)
/// func conforms(_ conformanceCase: StoreConformanceCase) async throws {
///   try await conformanceCase.run { MyStore() }
/// }
/// ```
public struct StoreConformance {
  public static let cases: [StoreConformanceCase] =
    rangeCases + selectionCases + transactionCases + nestedCases + watchCases + progressCases + slowWatchCases
    + compactionCases + leaseCases + timedCases + snapshotCases
}

/// One sentence of the contract and its check.
public struct StoreConformanceCase: Sendable, CustomStringConvertible {
  public let name: String
  /// Whether it lets time pass (leases that end, timed notes of progress): seconds, for a store without a ``ManualClock``.
  public let isTimed: Bool
  private let body: @Sendable (any MVCCStore, Passing) async throws -> Void

  /// Lets time pass for the store.
  public typealias Passing = @Sendable (Duration) async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (any MVCCStore) async throws -> Void) {
    self.init(name, isTimed: false) { (store, _) in try await body(store) }
  }

  init(_ name: String, _ body: @escaping @Sendable (any MVCCStore, Passing) async throws -> Void) {
    self.init(name, isTimed: true, body)
  }

  private init(
    _ name: String, isTimed: Bool, _ body: @escaping @Sendable (any MVCCStore, Passing) async throws -> Void
  ) {
    self.name = name
    self.isTimed = isTimed
    self.body = body
  }

  public var description: String { name }

  /// Runs the case on a store of its own.
  ///
  /// - Parameters:
  ///   - passing: lets time pass for the store; by default it really does. A store on a ``ManualClock`` needs none of it.
  ///   - makeStore: makes an empty store at revision 1 without automatic compaction.
  /// - Throws: ``ConformanceFailure``, or whatever the store throws where the contract has no error.
  public func run(
    passing: @escaping Passing = { try await Task.sleep(for: $0) }, makeStore: () async throws -> any MVCCStore
  ) async throws {
    try await body(try await makeStore(), passing)
  }
}
