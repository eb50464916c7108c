#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import Logging
import Metrics
import NIOCore
import Synchronization

/// The connections of one client to the members of a cluster: at most one each, made when first needed.
final class EtcdConnections: Sendable {
  /// A connection as a call uses it.
  struct Link: Sendable {
    let index: Int
    let generation: UInt64
    let connection: GRPCConnection
  }

  private struct State {
    var rotation: EndpointRotation
    var connections: [GRPCConnection?]
    var connecting: [Task<Void, Never>?]
    /// Left, but with calls under way.
    var retiring: [ObjectIdentifier: GRPCConnection] = [:]
    var lastFailure: (any Error)?
    var isClosed = false
  }

  private let state: Mutex<State>
  private let configuration: EtcdStoreConfiguration
  private let group: any EventLoopGroup
  private let time: ElapsedTime
  private let entropy: any EntropySource
  private let logger: Logger
  private let failovers = Counter(label: "edge_etcd_client_failovers_total")

  init(
    configuration: EtcdStoreConfiguration, group: any EventLoopGroup, time: ElapsedTime, entropy: any EntropySource,
    logger: Logger
  ) {
    self.configuration = configuration
    self.group = group
    self.time = time
    self.entropy = entropy
    self.logger = logger
    let count = configuration.endpoints.count
    state = Mutex(
      State(
        rotation: EndpointRotation(
          count: count, first: Int(entropy.next(below: UInt64(count))), backoff: configuration.backoff),
        connections: Array(repeating: nil, count: count), connecting: Array(repeating: nil, count: count)))
  }

  private enum Step {
    case ready(Link)
    case connecting(Task<Void, Never>)
    case wait(until: Duration, lastFailure: (any Error)?)
  }

  /// A connection that seems to work.
  /// - Throws: `unavailable` when there is none before the deadline, `cancelled`, `closed`; nothing was sent then.
  func link(before deadline: Duration) async throws(StoreError) -> Link {
    while true {
      if Task.isCancelled { throw .cancelled }
      let now = time.now()
      let step = try state.withLock { state throws(StoreError) -> Step in
        if state.isClosed { throw .closed }
        if now >= deadline { throw .unreachable(state.lastFailure) }
        switch state.rotation.choose(at: now) {
        case .wait(let until): return .wait(until: until, lastFailure: state.lastFailure)
        case .use(let index):
          let generation = state.rotation.generation(of: index)
          if let connection = state.connections[index] {
            if connection.isActive {
              return .ready(Link(index: index, generation: generation, connection: connection))
            }
            // It ended while nobody used it: no fault of the member, so no waiting.
            state.connections[index] = nil
          }
          if let task = state.connecting[index] { return .connecting(task) }
          // Not a child of the call: other calls wait for the same connection and must not share this one's cancellation.
          // It ends by itself within the connect timeout.
          let task = Task { await self.connect(index, generation) }
          state.connecting[index] = task
          return .connecting(task)
        }
      }
      switch step {
      case .ready(let link): return link
      case .connecting(let task): await task.value
      case .wait(let until, let lastFailure):
        if until >= deadline { throw .unreachable(lastFailure) }
        do { try await time.sleep(until: until) } catch { throw .cancelled }
      }
    }
  }

  private func connect(_ index: Int, _ generation: UInt64) async {
    let endpoint = configuration.endpoints[index]
    var options = GRPCConnectionConfiguration()
    options.connectTimeout = configuration.connectTimeout
    options.keepaliveInterval = configuration.keepaliveInterval
    options.keepaliveTimeout = configuration.keepaliveTimeout
    let result: Result<GRPCConnection, any Error>
    do {
      if endpoint.usesTLS && configuration.tls == nil {
        throw StoreError(.misuse, "\(endpoint) needs a TLS context")
      }
      result = .success(
        try await GRPCConnection.connect(
          host: endpoint.host, port: endpoint.port, tls: endpoint.usesTLS ? configuration.tls : nil,
          configuration: options, group: group, logger: logger))
    } catch {
      logger.debug("cannot connect to etcd", metadata: ["endpoint": "\(endpoint)", "error": "\(error)"])
      result = .failure(error)
    }
    let now = time.now()
    let surplus = state.withLock { state -> GRPCConnection? in
      state.connecting[index] = nil
      switch result {
      case .success(let connection):
        if state.isClosed || state.rotation.generation(of: index) != generation { return connection }
        state.connections[index] = connection
      case .failure(let error):
        state.lastFailure = error
        _ = state.rotation.failed(index, generation: generation, at: now, entropy: entropy)
      }
      return nil
    }
    await surplus?.close()
  }

  func succeeded(_ link: Link) {
    state.withLock { $0.rotation.succeeded(link.index, generation: link.generation) }
  }

  /// The member did not answer, or said that it cannot serve at present: use another one for a while. Calls that are under
  /// way on the connection go on if it is alive.
  func failed(_ link: Link, _ failure: any Error) {
    let now = time.now()
    let isNews = state.withLock { state in
      state.lastFailure = failure
      guard state.rotation.failed(link.index, generation: link.generation, at: now, entropy: entropy) else {
        return false
      }
      state.connections[link.index] = nil
      state.retiring[ObjectIdentifier(link.connection)] = link.connection
      return true
    }
    guard isNews else { return }
    failovers.increment()
    logger.debug(
      "leaving an etcd member for a while",
      metadata: ["endpoint": "\(configuration.endpoints[link.index])", "error": "\(failure)"])
    // Whatever was asked on it gets its answer or reaches its deadline first.
    Task { [weak self, time, timeout = configuration.requestTimeout] in
      if link.connection.isActive { try? await time.sleep(until: time.now() + timeout) }
      await link.connection.close()
      self?.state.withLock { _ = $0.retiring.removeValue(forKey: ObjectIdentifier(link.connection)) }
    }
  }

  func close() async {
    let (connections, connecting) = state.withLock { state in
      state.isClosed = true
      defer { state.connections = state.connections.map { _ in nil } }
      return (
        state.connections.compactMap(\.self) + Array(state.retiring.values), state.connecting.compactMap(\.self)
      )
    }
    for connection in connections { await connection.close() }
    for task in connecting { await task.value }
  }
}

extension StoreError {
  static let cancelled = StoreError(.cancelled, "the calling task was cancelled before the store had answered")

  static func unreachable(_ cause: (any Error)?) -> StoreError {
    StoreError(.unavailable, "no member of the cluster answered in time", cause: cause)
  }
}
#endif
