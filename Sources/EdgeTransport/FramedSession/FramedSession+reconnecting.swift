import EdgePrimitives

extension FramedSession {
  /// Makes one carrier after the other and goes on over each, until the session is over or the task is cancelled.
  ///
  /// Delays grow exponentially with full jitter; what a hub asks for (Retry-After) is a floor, and only a connection that
  /// lasted starts the backoff over (FF-23). A carrier need not be of the same kind as the one before.
  /// - Returns: how the session ended; nil when the task was cancelled.
  public func run(
    backoff: Backoff = Backoff(), stableAfter: Duration = .seconds(10), entropy: any EntropySource = SystemEntropy(),
    connect: @Sendable () async throws(TransportError) -> any FrameCarrier
  ) async -> SessionClose? {
    var backoff = backoff
    while !Task.isCancelled, close == nil {
      var floor = Duration.zero
      do throws(TransportError) {
        let carrier = try await connect()
        let begin = now()
        await run(on: carrier)
        if now() - begin >= stableAfter { backoff.reset() }
      } catch {
        floor = error.retryAfter ?? .zero
      }
      if close != nil { break }
      try? await clock.sleep(for: floor + backoff.next(using: entropy))
    }
    return close
  }
}
