/// An injected clock with the type of its instants erased: time counts from where this was made.
package struct LinkTime: Sendable {
  private let read: @Sendable () -> Duration
  package let clock: any Clock<Duration>

  package init<C: Clock<Duration>>(_ clock: C) {
    let start = clock.now
    read = { start.duration(to: clock.now) }
    self.clock = clock
  }

  package var now: Duration { read() }

  package func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}
