#if Networking
import Metrics
import Synchronization

/// `grpc_server_started_total` and `grpc_server_handled_total`, under the names that gRPC's Prometheus dashboards know.
final class MethodMetrics: Sendable {
  private let path: String
  private let started: Counter
  private let handled = Mutex<[Int: Counter]>([:])

  init(path: String) {
    self.path = path
    started = Counter(label: "grpc_server_started_total", dimensions: [("grpc_method", path)])
  }

  func callStarted() { started.increment() }

  func callEnded(_ code: GRPCStatus.Code) {
    // Made at the first use: most methods end in two or three ways only, and each counter is a time series.
    let counter = handled.withLock { handled in
      if let counter = handled[code.rawValue] { return counter }
      let counter = Counter(
        label: "grpc_server_handled_total", dimensions: [("grpc_method", path), ("grpc_code", code.description)])
      handled[code.rawValue] = counter
      return counter
    }
    counter.increment()
  }
}
#endif
