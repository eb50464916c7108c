#if Networking
import EdgeStore
import Synchronization

/// Where a hub learns what happens in the store.
protocol WatchFeed: Sendable {
  /// Feeds the hub until the store is closed or the task cancelled.
  ///
  /// - Parameter onReady: called once the hub knows where the store stands.
  func run(_ hub: WatchHub, onReady: @Sendable () -> Void) async throws(StoreError)

  /// Has the hub told of its progress, behind everything that has happened.
  func requestProgress()

  /// Comes after each new watch: a feed may hold back what nobody watches.
  func watchBegan()
}

extension WatchFeed {
  func watchBegan() {}
}

/// One watch of the whole store, through the store's contract alone.
final class StoreWatchFeed: WatchFeed {
  private let store: any MVCCStore
  private let watch = Mutex<StoreWatch?>(nil)

  init(_ store: any MVCCStore) { self.store = store }

  func run(_ hub: WatchHub, onReady: @Sendable () -> Void) async throws(StoreError) {
    var isFirst = true
    while !Task.isCancelled {
      let watch = try await store.watch(WatchRequest(.all, previousValues: true))
      hub.restart(at: watch.createdAt)
      self.watch.withLock { $0 = watch }
      // Whoever asked while there was no watch is answered by this one.
      watch.requestProgress()
      if isFirst { onReady() }
      isFirst = false
      do throws(StoreError) {
        var iterator = watch.makeAsyncIterator()
        while let batch = try await iterator.next() {
          if batch.events.isEmpty { hub.noteProgress(batch.revision) } else { hub.publish([batch]) }
        }
        return
      } catch {
        // History was compacted before it was read: begin again from the present.
        guard error.code == .compacted else { throw error }
      }
    }
  }

  func requestProgress() {
    let watch = watch.withLock { $0 }
    watch?.requestProgress()
  }
}
#endif
