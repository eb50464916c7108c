import EdgePrimitives
import Synchronization
import Testing

@testable import EdgeTransport

@Suite("reconnecting link")
struct ReconnectingLinkTests {
  private let backoff = Backoff(base: .milliseconds(4), cap: .milliseconds(20), minimum: .milliseconds(1))

  @Test("it connects again after failures and lost connections, and says what it does, in order")
  func reconnects() async throws {
    let attempts = Mutex(0)
    let states = Mutex<[String]>([])
    let link = ReconnectingLink(
      backoff: backoff, entropy: SeededEntropy(seed: 1),
      onStateChange: { state in
        let word =
          switch state {
          case .connecting(let attempt): "connecting \(attempt)"
          case .connected: "connected"
          case .disconnected(let reason, let retryIn): "\(reason.code)\(retryIn == nil ? ", stopped" : "")"
          }
        states.withLock { $0.append(word) }
      },
      connect: { () async throws(TransportError) -> InMemoryConnection in
        let attempt = attempts.withLock { attempts in
          attempts += 1
          return attempts
        }
        if attempt == 2 { throw TransportError(code: .unreachable, message: "nobody there") }
        let (near, far) = InMemoryConnection.pair()
        if attempt == 1 { far.breakLink() }
        return near
      })
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await link.run { connection in for try await _ in connection.inbound {} } }
      while states.withLock({ $0.count(where: { $0 == "connected" }) }) < 2 {
        try? await Task.sleep(for: .milliseconds(2))
      }
      group.cancelAll()
    }
    #expect(
      states.withLock { $0 } == [
        "connecting 1", "connected", "connectionLost", "connecting 1", "unreachable", "connecting 2", "connected",
        "closed, stopped",
      ])
  }

  @Test("FF-23: delays grow with jitter, a short-lived connection does not reset them, Retry-After is a floor")
  func delays() async {
    let delays = Mutex<[Duration]>([])
    let attempts = Mutex(0)
    let link = ReconnectingLink(
      backoff: Backoff(base: .milliseconds(2), cap: .milliseconds(64), factor: 2, minimum: .milliseconds(1)),
      entropy: SeededEntropy(seed: 7),
      onStateChange: { state in
        if case .disconnected(_, let delay?) = state { delays.withLock { $0.append(delay) } }
      },
      connect: { () async throws(TransportError) -> InMemoryConnection in
        let attempt = attempts.withLock { attempts in
          attempts += 1
          return attempts
        }
        if attempt == 4 {
          throw TransportError(code: .refused, message: "full", status: 503, retryAfter: .milliseconds(150))
        }
        let (near, far) = InMemoryConnection.pair()
        await far.close()
        return near
      })
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await link.run { connection in for try await _ in connection.inbound {} } }
      while delays.withLock({ $0.count }) < 5 { try? await Task.sleep(for: .milliseconds(2)) }
      group.cancelAll()
    }
    let seen = delays.withLock { $0 }
    var ceiling = Duration.milliseconds(2)
    for (index, delay) in seen.prefix(5).enumerated() {
      let floor: Duration = index == 3 ? .milliseconds(150) : .zero
      #expect(delay >= floor + .milliseconds(1) && delay <= floor + ceiling)
      ceiling = min(ceiling * 2, .milliseconds(64))
    }
  }
}
