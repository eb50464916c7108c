#if Networking
import EdgeStore

/// How handlers reach the store: at once on the connection's event loop where the store can, else in a task of its own.
struct StoreAccess: Sendable {
  let store: any MVCCStore
  private let reads: (any ImmediateReads)?
  private let writes: (any ImmediateWrites)?

  init(_ store: any MVCCStore) {
    self.store = store
    reads = store as? any ImmediateReads
    writes = store as? any ImmediateWrites
  }

  typealias Reply<Output> = @Sendable (Result<Output, StoreError>) -> Void

  func range(_ request: RangeRequest, reply: @escaping Reply<RangeResponse>) {
    if request.isShort, let reads {
      do throws(StoreError) {
        if let response = try reads.rangeNow(request) { return reply(.success(response)) }
      } catch {
        return reply(.failure(error))
      }
      return reads.range(request, reply: reply)
    }
    Task {
      do throws(StoreError) {
        reply(.success(try await store.range(request)))
      } catch {
        reply(.failure(error))
      }
    }
  }

  func commit(_ transaction: Transaction, reply: @escaping Reply<TransactionResponse>) {
    if let writes { return writes.commit(transaction, reply: reply) }
    Task {
      do throws(StoreError) {
        reply(.success(try await store.commit(transaction)))
      } catch {
        reply(.failure(error))
      }
    }
  }

  /// Where the store stands. With a revision: also whether that one can still be read.
  ///
  /// - Throws: what a range at `revision` throws.
  func currentRevision(reaching revision: Revision? = nil) async throws(StoreError) -> Revision {
    let request = RangeRequest(.key(Self.probe), revision: revision, countOnly: true)
    if let response = try reads?.rangeNow(request) { return response.revision }
    return try await store.range(request).revision
  }

  /// The smallest key; whether it exists does not matter.
  private static let probe = StoreKey([0])
}
#endif
