#if Networking
import Logging
import Synchronization

/// What a hub has logged under the names of events, as `<event> <node>`.
final class RecordedEvents: Sendable {
  struct Event: Hashable, Sendable {
    let name: String
    let metadata: [String: String]
  }

  private let events = Mutex<[Event]>([])

  var all: [Event] { events.withLock { $0 } }
  func contains(_ name: String, node: String? = nil) -> Bool {
    all.contains { $0.name == name && (node == nil || $0.metadata["node"] == node) }
  }

  var logger: Logger { Logger(label: "hub") { _ in Handler(events: self) } }

  fileprivate func add(_ event: Event) { events.withLock { $0.append(event) } }

  private struct Handler: LogHandler {
    let events: RecordedEvents
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
      if let name = all["event"] { events.add(Event(name: name, metadata: all)) }
    }
  }
}
#endif
