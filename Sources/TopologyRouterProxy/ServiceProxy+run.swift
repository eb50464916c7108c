#if Networking
import EdgePrimitives
import Logging
import NIOCore
import Synchronization
import TopologyRouter

extension ServiceProxy {
  /// Opens and closes listeners as services come and go, until the task is cancelled. Then it stops listening, lets open
  /// connections finish within the drain timeout, and returns.
  ///
  /// - Throws: ``ServiceProxyError`` with code `alreadyRun` when called a second time.
  public func run() async throws {
    let isFirst = state.withLock { state in
      defer { state.hasRun = true }
      return !state.hasRun
    }
    guard isFirst else { throw ServiceProxyError(code: .alreadyRun, message: "a service proxy runs only once") }
    for await _ in wakeUps {
      await adjustListeners()
    }
    let last = state.withLock { state in
      defer { state.active = [:] }
      return state.active.values.map(\.channel)
    }
    for channel in last { try? await channel.close() }
    await connections.drain(limit: configuration.drainTimeout, on: group.next())
    if !last.isEmpty { onListenersChanged?([]) }
  }

  private func adjustListeners() async {
    let (wanted, superfluous) = state.withLock { state in
      let wanted = Self.offers(of: state.table)
      let superfluous = state.active.keys.filter { wanted[$0] == nil }
      let closing = superfluous.compactMap { state.active.removeValue(forKey: $0)?.channel }
      return (wanted, closing)
    }
    var isChanged = !superfluous.isEmpty
    for channel in superfluous { try? await channel.close() }
    for (key, port) in wanted.sorted(by: { ($0.key.service, $0.key.port) < ($1.key.service, $1.key.port) }) {
      if await offer(key, port: port) { isChanged = true }
    }
    if isChanged { onListenersChanged?(listeners()) }
  }

  /// The TCP ports that services with an address of their own offer.
  private static func offers(of table: RoutingTable) -> [ListenerKey: UInt16] {
    var offers: [ListenerKey: UInt16] = [:]
    for service in table.services where !service.isHeadless {
      for port in service.ports where port.transport == .tcp {
        offers[ListenerKey(service: service.id, port: port.name)] = port.port
      }
    }
    return offers
  }

  /// Makes sure the port is on offer. Returns whether that changed anything.
  private func offer(_ key: ListenerKey, port: UInt16) async -> Bool {
    let current = state.withLock { $0.active[key] }
    if let current {
      guard current.place.port != port else { return false }
      state.withLock { $0.active[key]?.place = current.place.with(port: port) }
      return true
    }
    let listener = PortListener(
      service: key.service, portName: key.port, configuration: configuration, connections: connections, logger: logger
    ) { [self] in
      state.withLock { $0.table.decision(for: key.service, port: key.port, from: nodeName) }
    }
    guard let channel = await bind(listener, key: key, port: port) else { return false }
    guard let bound = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) else {
      try? await channel.close()
      return false
    }
    let place = ServicePortListener(
      service: key.service, portName: key.port, port: port, listenAddress: listenAddress, listenPort: bound)
    state.withLock { state in
      state.active[key] = ActiveListener(listener: listener, channel: channel, place: place)
      state.assignedPorts[key] = bound
    }
    logger.info("service port on offer", metadata: ["listener": "\(place)"])
    return true
  }

  /// Tries the port assigned earlier, then the preferred one, then any free one.
  private func bind(_ listener: PortListener, key: ListenerKey, port: UInt16) async -> (any Channel)? {
    var candidates: [UInt16] = [0]
    if configuration.portPreference == .servicePort { candidates.insert(port, at: 0) }
    if let assigned = state.withLock({ $0.assignedPorts[key] }) { candidates.insert(assigned, at: 0) }
    for candidate in candidates {
      do {
        return try await listener.bind(address: listenAddress, port: candidate, group: group)
      } catch {
        let isLast = candidate == 0
        logger.log(
          level: isLast ? .error : .notice, "cannot listen",
          metadata: [
            "service": "\(key.service)", "address": "\(RouteTarget(address: listenAddress, port: candidate))",
            "error": "\(error)",
          ])
        // The address may not be up yet, or descriptors have run out; neither lasts.
        if isLast { group.next().scheduleTask(in: .seconds(5)) { [wakeUp] in wakeUp.yield() } }
      }
    }
    return nil
  }
}

extension ServicePortListener {
  fileprivate func with(port: UInt16) -> ServicePortListener {
    ServicePortListener(
      service: service, portName: portName, port: port, listenAddress: listenAddress, listenPort: listenPort)
  }
}
#endif
