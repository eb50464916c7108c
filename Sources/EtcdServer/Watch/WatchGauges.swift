#if Networking
import Metrics

/// Figures of the watches, under the names that etcd's dashboards know.
struct WatchGauges: Sendable {
  private let watchers = Gauge(label: "etcd_debugging_mvcc_watcher_total")
  private let streams = Gauge(label: "etcd_debugging_mvcc_watch_stream_total")
  /// Watches that a client did not keep up with, or that began in the past, and had to be caught up.
  private let lagged = Counter(label: "etcd_debugging_mvcc_slow_watcher_total")
  private let events = Counter(label: "etcd_debugging_mvcc_events_total")

  func set(watchers: Int, streams: Int) {
    self.watchers.record(watchers)
    self.streams.record(streams)
  }

  func lagged(_ count: Int) { lagged.increment(by: count) }
  func sent(events count: Int) { events.increment(by: count) }
}
#endif
