import EdgePrimitives

extension FramedSessionMachine {
  /// What belongs to one connection and ends with it. Frames are numbered by counting: the carrier keeps their order, so
  /// that both ends count alike.
  struct Connection: Sendable {
    let number: UInt64
    var reader: FrameReader
    /// Ours, until it is written.
    var unsentGreeting: Frame?
    /// Whether the peer's was read.
    var isGreeted: Bool
    let since: Duration

    /// The number of our next frame, and of the first that is not acknowledged.
    var nextNumber: UInt64 = 0
    var acknowledged: UInt64 = 0
    var inFlight = FIFO<SentFrame>()

    var received: UInt64 = 0
    var receivedAtLastAcknowledgement: UInt64 = 0
    var bytesSinceAcknowledgement = 0
    var acknowledgeBy: Duration?
    var isAcknowledgementDue = false

    var lastHeard: Duration
    var isPingPending = false
    /// Since when the peer owes an acknowledgement without having sent anything.
    var owedSince: Duration?

    var isOwed: Bool { nextNumber > acknowledged }
  }

  /// What an acknowledgement of frame `number` means.
  struct SentFrame: Sendable {
    enum Content: Sendable {
      case data(StreamID, end: UInt64, isFinal: Bool)
      case controls(StreamID, StreamControls)
      case datagram
    }
    var number: UInt64
    var content: Content
  }

  var lifetime: Duration {
    guard let peer else { return configuration.detachedLifetime }
    return min(configuration.detachedLifetime, .milliseconds(Int64(clamping: peer.detachedLifetimeMilliseconds)))
  }

  /// The client's new connection: a greeting is to be written, and nothing else until the server has answered.
  /// - Returns: the connection's number, nil when the session is over (the actions say why).
  public mutating func attach(now: Duration) -> UInt64? {
    precondition(role == .client, "a server attaches what a client has greeted")
    expireIfDue(now: now)
    guard close == nil else { return nil }
    attempt += 1
    let greeting: Frame
    if peer == nil {
      greeting = .hello(
        SessionHello(
          id: credential.id, secret: credential.secret, attempt: attempt, parameters: configuration.parameters))
    } else {
      greeting = .resume(resumption(secret: credential.secret))
    }
    begin(
      greeting, reader: FrameReader(maximumFrameBytes: FramedSessionConfiguration.maximumFrameBytes), isGreeted: false,
      now: now)
    return lastConnection
  }

  /// The server's new connection, from a client whose credential the caller has checked with the greeting's.
  /// - Parameters:
  ///   - greeting: the frame that named this session.
  ///   - reader: with what came after it.
  /// - Returns: the connection's number.
  /// - Throws: SESSION_TAKEN_OVER for a greeting older than the present connection's, which is not disturbed;
  ///   SESSION_UNKNOWN for one that does not belong to what this end knows of the session, or when that is over. In both
  ///   cases only the new connection is refused.
  public mutating func attach(
    _ greeting: SessionGreeting, reader: FrameReader, now: Duration
  ) throws(FramingError) -> UInt64? {
    precondition(role == .server, "a client attaches by itself")
    expireIfDue(now: now)
    guard close == nil else { throw FramingError(.sessionUnknown, "the session is over") }
    guard greeting.attempt > attempt else {
      throw FramingError(.sessionTakenOver, "attempt \(greeting.attempt) comes after attempt \(attempt)")
    }
    switch greeting {
    case .hello(let hello):
      // A client that has lost what it knew must not go on with streams that it does not know.
      guard !isPeerEstablished else { throw FramingError(.sessionUnknown, "the session has begun before") }
      attempt = hello.attempt
      detach(now: now, replaced: true)
      let isFirst = peer == nil
      takeLimits(of: hello.parameters)
      if !isFirst { restartStreams() }
      let answer = SessionHello(id: credential.id, secret: [], attempt: attempt, parameters: configuration.parameters)
      begin(.hello(answer), reader: reader, isGreeted: true, now: now)
      actions.append(isFirst ? .established : .resumed)
    case .resume(let resumption):
      guard peer != nil else { throw FramingError(.sessionUnknown, "the session has not begun") }
      attempt = resumption.attempt
      isPeerEstablished = true
      detach(now: now, replaced: true)
      let answer = self.resumption(secret: [])
      begin(.resume(answer), reader: reader, isGreeted: true, now: now)
      do throws(FramingError) {
        try resume(from: resumption)
      } catch {
        fail(error)
        return lastConnection
      }
    }
    readFrames(now: now)
    return lastConnection
  }

  private mutating func begin(_ greeting: Frame, reader: FrameReader, isGreeted: Bool, now: Duration) {
    detach(now: now, replaced: true)
    lastConnection += 1
    connection = Connection(
      number: lastConnection, reader: reader, unsentGreeting: greeting, isGreeted: isGreeted, since: now, lastHeard: now
    )
  }

  /// The carrier of connection `number` is gone. The session waits for the next one.
  public mutating func connectionLost(_ number: UInt64, now: Duration) {
    defer { unspoken.remove(number) }
    guard connection?.number == number, close == nil else { return }
    detach(now: now, replaced: false)
  }

  /// A client's connection that has not said who it is says no last word either: the server takes nothing before a greeting.
  private mutating func noteUnspoken(_ connection: Connection) {
    if role == .client, connection.unsentGreeting != nil { unspoken.insert(connection.number) }
  }

  /// What was in flight becomes unsent again; the peer's resumption will say how much of it has arrived.
  mutating func detach(now: Duration, replaced: Bool) {
    guard var lost = connection else { return }
    connection = nil
    noteUnspoken(lost)
    // Carriers that bring no greeting do not prolong the life of a session.
    if lost.isGreeted { detachedSince = now }
    while let frame = lost.inFlight.popFirst() {
      switch frame.content {
      case .data: break
      case .controls(let id, let controls):
        let repeated = controls.intersection(.repeated)
        if !repeated.isEmpty { require(repeated, for: id) }
      case .datagram: counters.datagramsDropped += 1
      }
    }
    if replaced {
      let reason = SessionClose(.transport(.sessionTakenOver, frameType: 0), "a newer connection took over")
      actions.append(.connectionEnded(lost.number, reason))
    }
  }

  /// Gives up the connection: half-open, or closed by the peer.
  mutating func dropConnection(_ reason: SessionClose, now: Duration) {
    guard let number = connection?.number else { return }
    detach(now: now, replaced: false)
    actions.append(.connectionEnded(number, reason))
  }

  /// Gives up the connection and keeps the session, for a process that is about to hand its sessions over or an
  /// application that changes carriers. The peer is told by CONNECTION_CLOSE with SESSION_DETACHED.
  public mutating func detach(now: Duration) {
    dropConnection(SessionClose(.transport(.sessionDetached, frameType: 0), "the connection is given up"), now: now)
  }

  /// Ends the session for both ends, whatever is still unsent.
  public mutating func closeSession(_ reason: SessionClose) { end(reason, tellsPeer: true) }

  mutating func fail(_ error: FramingError) { end(SessionClose(error), tellsPeer: true) }

  mutating func end(_ reason: SessionClose, tellsPeer: Bool) {
    guard close == nil else { return }
    close = reason
    if let connection {
      noteUnspoken(connection)
      if tellsPeer { closeIsUnsentOn = connection.number }
      actions.append(.connectionEnded(connection.number, reason))
    }
    connection = nil
    streams = StreamTable()
    unaccepted.removeAll()
    controlQueue.removeAll()
    scheduler = StreamScheduler(guardBytes: configuration.starvationGuardBytes)
    waitingForCredit = []
    waitingWriters = []
    stopCodes = [:]
    outgoingDatagrams.removeAll()
    bufferedBytes = 0
    actions.append(.closed(reason))
  }

  // MARK: Time

  /// When ``tick(now:)`` has something to do.
  public var deadline: Duration? {
    guard close == nil else { return nil }
    guard let connection else { return detachedSince + lifetime }
    guard connection.isGreeted else { return connection.since + configuration.answerTimeout }
    var deadlines = [connection.acknowledgeBy, connection.owedSince.map { $0 + configuration.answerTimeout }]
    if let keepalive = configuration.keepalive, connection.owedSince == nil {
      deadlines.append(connection.lastHeard + keepalive)
    }
    return deadlines.compactMap { $0 }.min()
  }

  /// Whatever was due is done or waits for ``write(on:into:now:)``, so that ``deadline`` lies ahead again.
  public mutating func tick(now: Duration) {
    expireIfDue(now: now)
    guard close == nil, let connection else { return }
    if let due = connection.acknowledgeBy, due <= now {
      self.connection?.acknowledgeBy = nil
      self.connection?.isAcknowledgementDue = true
    }
    if !connection.isGreeted {
      if connection.since + configuration.answerTimeout <= now { dropSilent(now: now) }
    } else if let since = connection.owedSince {
      if since + configuration.answerTimeout <= now { dropSilent(now: now) }
    } else if let keepalive = configuration.keepalive, connection.lastHeard + keepalive <= now {
      self.connection?.isPingPending = true
      // From now on, not from when it is written: a carrier that takes nothing is as dead as one that brings nothing.
      self.connection?.owedSince = now
    }
  }

  private mutating func dropSilent(now: Duration) {
    dropConnection(SessionClose(.transport(.sessionDetached, frameType: 0), "the peer does not answer"), now: now)
  }

  /// Ends a session whose time without a connection is over.
  public mutating func expireIfDue(now: Duration) {
    guard close == nil, connection == nil, detachedSince + lifetime <= now else { return }
    end(
      SessionClose(.transport(.sessionExpired, frameType: 0), "no connection for \(lifetime)"), tellsPeer: false)
  }
}
