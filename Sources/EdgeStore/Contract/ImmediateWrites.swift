/// A store whose writes need no task to wait in: what a server asks that has an event loop and many callers.
package protocol ImmediateWrites: MVCCStore {
  /// As ``MVCCStore/commit(_:)``.
  ///
  /// - Parameter reply: called once, before this returns or later, from any thread; it must be quick, because the writer may
  ///   be the one who calls it.
  func commit(
    _ transaction: Transaction, reply: @escaping @Sendable (Result<TransactionResponse, StoreError>) -> Void)
}
