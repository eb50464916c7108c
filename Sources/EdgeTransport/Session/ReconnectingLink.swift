import EdgePrimitives

/// Keeps a connection to the peer: connects, hands the connection over, and when it ends waits and connects again.
///
/// Delays grow exponentially with full jitter, so a fleet that lost its hub comes back spread out; a hub that refuses
/// may ask for a longer pause (Retry-After). Only a connection that lasted proves an attempt good: a hub that accepts
/// and drops at once is not hammered. KubeEdge waits a fixed 30 s on every node (FF-23).
public struct ReconnectingLink<Connection: MessageConnection>: Sendable {
  private let connect: @Sendable () async throws(TransportError) -> Connection
  private let backoff: Backoff
  private let stableAfter: Duration
  private let entropy: any EntropySource
  private let clock: any Clock<Duration>
  private let onStateChange: @Sendable (LinkState) async -> Void

  /// - Parameters:
  ///   - stableAfter: how long a connection must last for the backoff to start over.
  ///   - onStateChange: told of each change, in order; the link waits for it.
  ///   - connect: makes one connection.
  public init(
    backoff: Backoff = Backoff(), stableAfter: Duration = .seconds(10), entropy: any EntropySource = SystemEntropy(),
    clock: any Clock<Duration> = ContinuousClock(),
    onStateChange: @escaping @Sendable (LinkState) async -> Void = { _ in },
    connect: @escaping @Sendable () async throws(TransportError) -> Connection
  ) {
    self.connect = connect
    self.backoff = backoff
    self.stableAfter = stableAfter
    self.entropy = entropy
    self.clock = clock
    self.onStateChange = onStateChange
  }

  /// Runs until the task is cancelled. `handle` serves one connection; when it returns or throws, the connection is
  /// closed and the next one made. Errors of `handle` are reasons for the state change, no end of the link.
  public func run(handle: @escaping @Sendable (Connection) async throws -> Void) async {
    await run(on: clock, handle: handle)
  }

  private func run<C: Clock<Duration>>(on clock: C, handle: @Sendable (Connection) async throws -> Void) async {
    var backoff = backoff
    var attempt = 0
    while !Task.isCancelled {
      attempt += 1
      await onStateChange(.connecting(attempt: attempt))
      let reason: TransportError
      do throws(TransportError) {
        let connection = try await connect()
        let begin = clock.now
        await onStateChange(.connected)
        reason = await serve(connection, handle)
        attempt = 0
        if begin.duration(to: clock.now) >= stableAfter { backoff.reset() }
      } catch {
        reason = error
      }
      if Task.isCancelled { return await onStateChange(.disconnected(reason: reason, retryIn: nil)) }
      var delay = backoff.next(using: entropy)
      // What the hub asks for is a floor; the jitter on top keeps those it turned away together apart.
      if let retryAfter = reason.retryAfter { delay += retryAfter }
      await onStateChange(.disconnected(reason: reason, retryIn: delay))
      do {
        try await clock.sleep(for: delay)
      } catch {
        return
      }
    }
  }

  private func serve(
    _ connection: Connection, _ handle: @Sendable (Connection) async throws -> Void
  ) async -> TransportError {
    let reason: TransportError
    do {
      try await handle(connection)
      reason = TransportError(code: .closed, message: "the connection ended")
    } catch let error as TransportError {
      reason = error
    } catch {
      reason = TransportError(code: .closed, message: "the connection's handler failed", cause: error)
    }
    await connection.close()
    return reason
  }
}
