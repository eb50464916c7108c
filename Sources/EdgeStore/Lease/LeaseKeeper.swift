import Synchronization

/// Watches the clock for an engine: calls back when leases have ended.
///
/// There is one sleeping task while there are leases and none otherwise, so a store without leases has no timer at all
/// (FF-11). A keepalive only moves a deadline; the sleeper finds out when it wakes.
package final class LeaseKeeper: Sendable {
  private struct State {
    var deadlines = LeaseDeadlines()
    var sleeper: Task<Void, Never>?
    var wakesAt: Duration?
    var isClosed = false
  }

  private let state = Mutex(State())
  private let time: ElapsedTime
  private let expire: @Sendable (LeaseID) async -> Void

  /// - Parameter expire: deletes the lease and its keys; one call at a time, earliest end first.
  package init(time: ElapsedTime, expire: @escaping @Sendable (LeaseID) async -> Void) {
    self.time = time
    self.expire = expire
  }

  deinit { close() }

  /// Gives the lease its full time from now on.
  package func start(_ lease: Lease) {
    let end = time.now() + lease.timeToLive
    state.withLock { state in
      if state.isClosed { return }
      state.deadlines.set(lease.id, to: end)
      wakeNoLater(than: end, &state)
    }
  }

  /// Renews a lease that has not ended; false when it has.
  package func renew(_ lease: Lease) -> Bool {
    let now = time.now()
    return state.withLock { state in
      guard let end = state.deadlines[lease.id], end > now else { return false }
      state.deadlines.set(lease.id, to: now + lease.timeToLive)
      return true
    }
  }

  /// What is left of the lease; nil when it has ended.
  package func remaining(_ id: LeaseID) -> Duration? {
    let now = time.now()
    return state.withLock { $0.deadlines[id].flatMap { $0 > now ? $0 - now : nil } }
  }

  /// Leases in the order in which they end, those that have ended first: etcd's order of a list.
  package func soonestFirst(_ leases: [Lease]) -> [Lease] {
    let ends = state.withLock { state in leases.map { state.deadlines[$0.id] ?? .zero } }
    return zip(ends, leases).sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.map(\.1)
  }

  package func forget(_ id: LeaseID) { state.withLock { $0.deadlines.remove(id) } }

  package func close() {
    let sleeper = state.withLock { state in
      state.isClosed = true
      defer { state.sleeper = nil }
      return state.sleeper
    }
    sleeper?.cancel()
  }

  private func wakeNoLater(than end: Duration, _ state: inout State) {
    if state.sleeper != nil, let wakesAt = state.wakesAt, wakesAt <= end { return }
    state.sleeper?.cancel()
    state.wakesAt = end
    // Weak, so that a sleeping task does not keep a store alive that everybody else has released.
    state.sleeper = Task { [weak self, time] in
      var next: Duration? = end
      while let until = next, (try? await time.sleep(until: until)) != nil {
        guard let expired = self?.takeDue() else { return }
        for id in expired { await self?.expire(id) }
        next = self?.nextWake()
      }
    }
  }

  private func takeDue() -> [LeaseID] {
    let now = time.now()
    return state.withLock { Task.isCancelled ? [] : $0.deadlines.takeDue(at: now) }
  }

  private func nextWake() -> Duration? {
    state.withLock { state in
      if Task.isCancelled { return nil }
      state.wakesAt = state.deadlines.earliest
      if state.wakesAt == nil { state.sleeper = nil }
      return state.wakesAt
    }
  }
}
