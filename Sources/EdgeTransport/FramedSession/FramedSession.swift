import EdgePrimitives

/// A session between two ends that outlives its connections: many streams, flow control and priorities over one carrier at
/// a time, whatever it is.
///
/// The client makes carriers and hands each to ``run(on:)``; when one breaks, it hands over the next, of the same kind or
/// another, and every stream goes on where it was. On the server a ``FramedSessionDirectory`` finds the session of a carrier.
/// ```swift
/// let session = FramedSession(credential: credential)
/// while session.close == nil {
///   let carrier = try await connect()
///   await session.run(on: carrier)
/// }
/// ```
/// Nothing runs by itself: without a carrier the session is only memory, bounded by its configuration, and it expires when
/// a carrier comes too late.
public final class FramedSession: Sendable {
  enum Key: Hashable, Sendable {
    case output
    case timer
    case opening(StreamDirection)
    case accepting
    case read(StreamID)
    case write(StreamID)
    case datagram
    case flushed
  }

  struct State: Sendable {
    var machine: FramedSessionMachine
    /// Until when the timer sleeps; nil while it does not.
    var sleepsUntil: Duration?
    /// Whether somebody waits for the acknowledgement of everything; looking costs as much as there are streams.
    var isFlushAwaited = false
    /// Why connections that are still served have ended.
    var ends: [UInt64: SessionClose] = [:]
  }

  public let role: SessionRole
  public let credential: SessionCredential
  let monitor: Monitor<Key, State>
  let clock: any Clock<Duration>
  let now: @Sendable () -> Duration

  public init(
    role: SessionRole = .client, credential: SessionCredential,
    configuration: FramedSessionConfiguration = FramedSessionConfiguration(),
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.role = role
    self.credential = credential
    self.clock = clock
    now = Self.stopwatch(of: clock)
    let machine = FramedSessionMachine(
      role: role, credential: credential, configuration: configuration, now: .zero)
    monitor = Monitor(State(machine: machine))
  }

  static func stopwatch(of clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
  }

  /// How the session ended; nil while it lives. Looking also ends a session whose time without a connection is over.
  public var close: SessionClose? {
    perform {
      $0.expireIfDue(now: now())
      return $0.close
    }
  }

  public var isAttached: Bool { perform { $0.isAttached } }
  public var counters: FramedSessionCounters { perform { $0.counters } }

  /// When a session without a connection expires, from now; nil while it has one or is over.
  public var expiresIn: Duration? {
    perform { machine in
      guard machine.connection == nil else { return nil }
      return machine.deadline.map { $0 - now() }
    }
  }

  // MARK: Streams

  /// Opens a stream; suspends while the peer's limit is reached or it was never connected.
  ///
  /// The peer learns of it with its first bytes, its end, or a class other than `objects`, not by the opening alone.
  public func openStream(
    _ direction: StreamDirection = .bidirectional, priority: StreamPriority = .objects
  ) async throws(TransportError) -> FramedStream {
    let opening = try await wait(for: .opening(direction)) { machine in
      let opening = machine.openStream(direction, priority: priority)
      return opening == .wait ? nil : opening
    }
    guard case .opened(let id) = opening else { throw ended }
    return FramedStream(id: id, session: self)
  }

  /// The next stream that the peer opens.
  /// - Throws: `closed` and its like when the session is over, `cancelled`.
  public func acceptStream() async throws(TransportError) -> FramedStream {
    let id = try await wait(for: .accepting) { machine -> StreamID?? in
      if let id = machine.acceptStream() { return .some(id) }
      return machine.close == nil ? nil : .some(nil)
    }
    guard let id else { throw ended }
    return FramedStream(id: id, session: self)
  }

  /// Sends a datagram, which may be lost with its connection or give way to newer ones; false when the peer takes none of
  /// that length.
  @discardableResult
  public func sendDatagram(_ bytes: [UInt8]) -> Bool { perform { $0.sendDatagram(bytes) } }

  public func nextDatagram() async throws(TransportError) -> [UInt8] {
    let datagram = try await wait(for: .datagram) { machine -> [UInt8]?? in
      if let datagram = machine.nextDatagram() { return .some(datagram) }
      return machine.close == nil ? nil : .some(nil)
    }
    guard let datagram else { throw ended }
    return datagram
  }

  /// Suspends until the peer has acknowledged everything that was written.
  public func flush() async throws(TransportError) {
    let close: SessionClose?
    do {
      close = try await monitor.wait(for: .flushed) { (state, _) -> SessionClose?? in
        if let close = state.machine.close { return .some(close) }
        if state.machine.isFlushed { return .some(nil) }
        state.isFlushAwaited = true
        return nil
      }
    } catch {
      throw .cancelledWait
    }
    if let close { throw TransportError(close) }
  }

  /// Ends the session for both ends, whatever is unsent or unread; see ``flush()``.
  public func closeSession(code: UInt64 = 0, _ text: String = "") {
    perform { $0.closeSession(SessionClose(.application(min(code, Varint.maximum)), text)) }
  }

  /// Ends a session without a connection before its time.
  func expire(_ text: String) {
    perform { $0.end(SessionClose(.transport(.sessionExpired, frameType: 0), text), tellsPeer: false) }
  }

  /// Gives the present connection up, not the session; its ``run(on:)`` ends.
  public func detach() { perform { $0.detach(now: now()) } }

  var ended: TransportError { TransportError(close ?? .none) }

  @discardableResult
  func perform<R: Sendable>(_ body: (inout FramedSessionMachine) -> R) -> R {
    monitor.withLock { (state, wakeups) in
      defer { settle(&state, &wakeups) }
      return body(&state.machine)
    }
  }

  /// - Throws: `cancelled`.
  func wait<R: Sendable>(
    for key: Key, _ attempt: (inout FramedSessionMachine) -> R?
  ) async throws(TransportError) -> R {
    do {
      return try await monitor.wait(for: key) { (state, wakeups) in
        defer { settle(&state, &wakeups, writes: key != .output) }
        return attempt(&state.machine)
      }
    } catch {
      throw .cancelledWait
    }
  }

  /// Wakes whom the last step concerns.
  func settle(_ state: inout State, _ wakeups: inout Monitor<Key, State>.Wakeups, writes: Bool = true) {
    for action in state.machine.takeActions() {
      switch action {
      case .established:
        for direction in StreamDirection.allCases { wakeups.wake(.opening(direction)) }
      case .canOpen(let direction): wakeups.wake(.opening(direction))
      case .streamOpened: wakeups.wake(.accepting)
      case .readable(let id): wakeups.wake(.read(id))
      case .writable(let id), .stopped(let id, _): wakeups.wake(.write(id))
      case .datagramReceived: wakeups.wake(.datagram)
      case .connectionEnded(let number, let reason): state.ends[number] = reason
      case .resumed: break
      case .closed: wakeups.wakeAll()
      }
    }
    if writes { wakeups.wake(.output) }
    if state.isFlushAwaited, state.machine.isFlushed {
      state.isFlushAwaited = false
      wakeups.wake(.flushed)
    }
    if let sleepsUntil = state.sleepsUntil, let deadline = state.machine.deadline, deadline < sleepsUntil {
      wakeups.wake(.timer)
    }
  }
}

extension SessionClose {
  /// For places that the machine does not reach.
  static let none = SessionClose(.transport(.noError, frameType: 0))
}
