#if Networking
import Metrics
import Synchronization
import TopologyRouter

/// The counters of one listener, kept once for ``ServicePortStatistics`` and once for the process's metrics system.
final class ConnectionCounters: Sendable {
  private let values = Mutex(ServicePortStatistics())
  private let outcomes: [Outcome: Counter]
  private let toEndpoints: Counter
  private let fromEndpoints: Counter

  enum Outcome: String, CaseIterable, Sendable {
    case relayed
    case withoutEndpoint = "no_endpoint"
    case overLimit = "over_limit"
    case unreachable
    case connectFailed = "connect_failed"
  }

  init(service: ServiceID, port: ServicePortName) {
    let labels = [("namespace", service.namespace), ("service", service.name), ("port", port.rawValue)]
    outcomes = Dictionary(
      uniqueKeysWithValues: Outcome.allCases.map { outcome in
        let labels = labels + [("outcome", outcome.rawValue)]
        return (outcome, Counter(label: "edge_service_proxy_connections", dimensions: labels))
      })
    toEndpoints = Counter(label: "edge_service_proxy_bytes", dimensions: labels + [("direction", "to_endpoint")])
    fromEndpoints = Counter(label: "edge_service_proxy_bytes", dimensions: labels + [("direction", "from_endpoint")])
  }

  var statistics: ServicePortStatistics { values.withLock { $0 } }

  func accepted() {
    values.withLock {
      $0.accepted += 1
      $0.open += 1
    }
  }

  func closed() { values.withLock { $0.open -= 1 } }

  func count(_ outcome: Outcome) {
    outcomes[outcome]?.increment()
    values.withLock { values in
      switch outcome {
      case .relayed: values.relayed += 1
      case .withoutEndpoint: values.withoutEndpoint += 1
      case .overLimit: values.overLimit += 1
      case .unreachable: values.unreachable += 1
      case .connectFailed: values.connectFailures += 1
      }
    }
  }

  func countBytes(toEndpoint count: Int) {
    toEndpoints.increment(by: count)
    values.withLock { $0.bytesToEndpoints += count }
  }

  func countBytes(fromEndpoint count: Int) {
    fromEndpoints.increment(by: count)
    values.withLock { $0.bytesFromEndpoints += count }
  }
}
#endif
