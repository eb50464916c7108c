#if SQLite
import EdgeStore
import Synchronization

/// Ends leases of a store whose time has come, and tries again while the disk is full or the writer busy.
final class LeaseExpiry: Sendable {
  private struct WeakStore: Sendable { weak var store: SQLiteStore? }
  private let target = Mutex(WeakStore())

  private static let retryDelay = Duration.seconds(1)

  func attach(_ store: SQLiteStore) { target.withLock { $0.store = store } }

  func expire(_ id: LeaseID) async {
    while let store = target.withLock({ $0.store }) {
      do {
        _ = try await store.revokeLease(id)
        return
      } catch {
        guard error.code == .noSpace || error.isRetryable else { return }
      }
      guard (try? await Task.sleep(for: Self.retryDelay)) != nil else { return }
    }
  }
}
#endif
