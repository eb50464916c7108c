import EdgePrimitives

/// The sessions of a server, found by what a client's greeting says.
///
/// A session belongs to the principal that began it (the name in the carrier's certificate, say): another one is answered as
/// if there were none. ``run()`` must run, it ends sessions whose clients stay away.
public final class FramedSessionDirectory: Sendable {
  public struct Configuration: Sendable {
    /// Of every session.
    public var session = FramedSessionConfiguration()
    /// More are refused with CONNECTION_REFUSED; sessions without a connection count.
    public var maximumSessions = 10_000
    /// Sessions of one principal. For a further one its oldest without a connection ends: a node that restarts begins anew,
    /// and what it left behind is of no use to it. While all have one, it is refused with CONNECTION_REFUSED.
    public var maximumSessionsPerPrincipal = 8
    /// How long a carrier may take to bring its greeting.
    public var greetingTimeout: Duration = .seconds(10)

    public init() {}
  }

  /// What a client has begun.
  public struct NewSession: Sendable {
    public let session: FramedSession
    public let principal: String
  }

  private struct Entry: Sendable {
    let session: FramedSession
    let principal: String
  }

  private struct State: Sendable {
    var entries: [SessionID: Entry] = [:]
    /// In the order of their beginning.
    var owned: [String: [SessionID]] = [:]
    var new = FIFO<NewSession>()
    var detached: Set<SessionID> = []

    mutating func insert(_ session: FramedSession, of principal: String) {
      let id = session.credential.id
      remove(id)
      entries[id] = Entry(session: session, principal: principal)
      owned[principal, default: []].append(id)
      new.append(NewSession(session: session, principal: principal))
    }

    mutating func remove(_ id: SessionID) {
      guard let entry = entries.removeValue(forKey: id) else { return }
      detached.remove(id)
      owned[entry.principal]?.removeAll { $0 == id }
      if owned[entry.principal]?.isEmpty == true { owned[entry.principal] = nil }
      new.filter { $0.session !== entry.session }
    }

    /// The session that gives way to a new one of the same principal.
    func oldestWithoutConnection(of principal: String) -> FramedSession? {
      owned[principal]?.lazy.compactMap { entries[$0]?.session }.first { $0.expiresIn != nil || $0.close != nil }
    }
  }

  private enum Key: Hashable, Sendable {
    case new
    case detached
  }

  private let configuration: Configuration
  private let clock: any Clock<Duration>
  private let monitor = Monitor<Key, State>(State())

  public init(configuration: Configuration = Configuration(), clock: any Clock<Duration> = ContinuousClock()) {
    self.configuration = configuration
    self.clock = clock
  }

  public var count: Int { monitor.withLock { (state, _) in state.entries.count } }

  /// The next session that a client has begun. What waits here is bounded by the number of sessions.
  /// - Throws: `cancelled`.
  public func nextSession() async throws(TransportError) -> NewSession {
    do {
      return try await monitor.wait(for: .new) { (state, _) in state.new.popFirst() }
    } catch {
      throw .cancelledWait
    }
  }

  /// Serves one carrier until it is over: finds or begins its session and goes on with it.
  /// - Parameter principal: who is at the other end, as the carrier has made sure.
  @discardableResult
  public func serve(_ carrier: some FrameCarrier, principal: String) async -> FramedSession.ConnectionEnd {
    do throws(FramingError) {
      guard let (greeting, reader) = try await greeting(of: carrier), let credential = greeting.credential else {
        await carrier.close()
        return .lost(TransportError(code: .timedOut, message: "no greeting came"))
      }
      let session = try find(greeting, credential, principal)
      monitor.withLock { (state, _) in _ = state.detached.remove(credential.id) }
      defer { settle(session) }
      return try await session.run(on: carrier, greeting: greeting, reader: reader)
    } catch {
      var bytes: [UInt8] = []
      Frame.connectionClose(SessionClose(error)).append(to: &bytes)
      try? await carrier.send(bytes)
      await carrier.close()
      return .closed(SessionClose(error))
    }
  }

  private func greeting(
    of carrier: some FrameCarrier
  ) async throws(FramingError) -> (SessionGreeting, FrameReader)? {
    let timeout = configuration.greetingTimeout
    let clock = clock
    let result = await withTaskGroup(of: Result<(SessionGreeting, FrameReader)?, FramingError>.self) { group in
      group.addTask {
        var reader = GreetingReader()
        while let piece = try? await carrier.receive() {
          do throws(FramingError) {
            if let greeting = try reader.receive(piece) { return .success((greeting, reader.reader)) }
          } catch {
            return .failure(error)
          }
        }
        return .success(nil)
      }
      group.addTask {
        try? await clock.sleep(for: timeout)
        return .success(nil)
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .success(nil)
    }
    return try result.get()
  }

  private func find(
    _ greeting: SessionGreeting, _ credential: SessionCredential, _ principal: String
  ) throws(FramingError) -> FramedSession {
    let unknown = FramingError(.sessionUnknown, "there is no such session")
    var evicted: FramedSession?
    let found = monitor.withLock { (state, wakeups) -> Result<FramedSession, FramingError> in
      if let entry = state.entries[credential.id], entry.session.close == nil {
        let isOwner = entry.session.credential.matches(credential) && entry.principal == principal
        return isOwner ? .success(entry.session) : .failure(unknown)
      }
      guard case .hello = greeting else { return .failure(unknown) }
      guard state.entries.count < configuration.maximumSessions || state.entries[credential.id] != nil else {
        return .failure(FramingError(.connectionRefused, "there are \(configuration.maximumSessions) sessions"))
      }
      if (state.owned[principal]?.count ?? 0) >= configuration.maximumSessionsPerPrincipal {
        guard let oldest = state.oldestWithoutConnection(of: principal) else {
          return .failure(FramingError(.connectionRefused, "more sessions than a node may have"))
        }
        state.remove(oldest.credential.id)
        evicted = oldest
      }
      let session = FramedSession(
        role: .server, credential: credential, configuration: configuration.session, clock: clock)
      state.insert(session, of: principal)
      wakeups.wake(.new)
      return .success(session)
    }
    evicted?.expire("a newer session of the same node takes its place")
    return try found.get()
  }

  /// After a connection: forgets a session that is over, watches one that is alone.
  private func settle(_ session: FramedSession) {
    let isOver = session.close != nil
    let isAlone = session.expiresIn != nil
    monitor.withLock { (state, wakeups) in
      let id = session.credential.id
      if isOver {
        if state.entries[id]?.session === session { state.remove(id) }
      } else if isAlone, state.entries[id]?.session === session {
        state.detached.insert(id)
        wakeups.wake(.detached)
      }
    }
  }

  /// Ends sessions that were without a connection for too long, until the task is cancelled. While every session has one,
  /// nothing happens at all.
  public func run() async {
    while !Task.isCancelled {
      let sessions = try? await monitor.wait(for: .detached) { (state, _) -> [FramedSession]? in
        let sessions = state.detached.compactMap { state.entries[$0]?.session }
        return sessions.isEmpty ? nil : sessions
      }
      guard let sessions else { return }
      var soonest: Duration?
      for session in sessions {
        if let left = session.expiresIn, left > .zero {
          soonest = min(soonest ?? left, left)
        } else {
          monitor.withLock { (state, _) in _ = state.detached.remove(session.credential.id) }
          settle(session)
        }
      }
      // A session that is detached meanwhile may have a shorter time; it is ended at most this much later.
      if let soonest { try? await clock.sleep(for: min(soonest, .seconds(30))) }
    }
  }
}
