/// An injected clock with the type of its instants erased: time counts from where this was made.
struct LinkTime: Sendable {
  private let read: @Sendable () -> Duration
  let clock: any Clock<Duration>

  init<C: Clock<Duration>>(_ clock: C) {
    let start = clock.now
    read = { start.duration(to: clock.now) }
    self.clock = clock
  }

  var now: Duration { read() }

  func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}
