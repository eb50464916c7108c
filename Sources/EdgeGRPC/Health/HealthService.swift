#if Networking
import Synchronization

/// `grpc.health.v1`: what a server says of itself and its services, to those who ask once and to those who watch.
public final class HealthService: Sendable {
  private struct State {
    var statuses: [String: HealthCheckResponse.Status] = ["": .serving]
    var watchers: [UInt64: (service: String, signal: AsyncStream<HealthCheckResponse.Status>.Continuation)] = [:]
    var nextWatcher: UInt64 = 0
  }

  private let state = Mutex(State())

  /// The server as a whole (the empty name) is serving; other services are unknown until they are set.
  public init() {}

  public func set(_ status: HealthCheckResponse.Status, for service: String = "") {
    let signals = state.withLock { state in
      state.statuses[service] = status
      return state.watchers.values.filter { $0.service == service }.map(\.signal)
    }
    for signal in signals { signal.yield(status) }
  }

  public func status(of service: String = "") -> HealthCheckResponse.Status? {
    state.withLock { $0.statuses[service] }
  }

  public func register(in services: inout GRPCServices) {
    services.immediate(GRPCMethod(Health.check)) { [self] request, reply in
      if let status = status(of: request.service) {
        reply.succeed(HealthCheckResponse(status))
      } else {
        reply.fail(GRPCStatus(.notFound, "unknown service"))
      }
    }
    services.streaming(GRPCMethod(Health.watch)) { [self] requests, responses, _ in
      guard let request = try await requests.next() else {
        throw GRPCStatus(.invalidArgument, "a watch needs a request")
      }
      // Only the newest status matters to a watcher that is slow.
      let (changes, signal) = AsyncStream.makeStream(
        of: HealthCheckResponse.Status.self, bufferingPolicy: .bufferingNewest(1))
      let id = state.withLock { state in
        state.nextWatcher += 1
        state.watchers[state.nextWatcher] = (request.service, signal)
        signal.yield(state.statuses[request.service] ?? .serviceUnknown)
        return state.nextWatcher
      }
      defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
      var last: HealthCheckResponse.Status?
      for await status in changes where status != last {
        last = status
        try await responses.write(HealthCheckResponse(status))
      }
      try Task.checkCancellation()
    }
  }
}
#endif
