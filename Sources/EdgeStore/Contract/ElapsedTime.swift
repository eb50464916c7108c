/// A clock that counts from where it was made, with the type of its instants erased: what engines keep of an injected one.
package struct ElapsedTime: Sendable {
  private let read: @Sendable () -> Duration
  private let wait: @Sendable (Duration) async throws -> Void

  package init<C: Clock>(_ clock: C) where C.Duration == Duration {
    let start = clock.now
    read = { start.duration(to: clock.now) }
    wait = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
  }

  package func now() -> Duration { read() }

  package func sleep(until deadline: Duration) async throws { try await wait(deadline) }
}
