import EdgePrimitives
import EdgeTestKit
import Synchronization
import Testing

@testable import EdgeTransport

@Suite("link deadlines")
struct LinkDeadlineTests {
  private func message(_ id: String) -> EdgeMessage {
    EdgeMessage(header: MessageHeader(id: id, timestampMilliseconds: 0), route: MessageRoute())
  }

  @Test("FF-08: without a connection every call is answered at once")
  func offline() async {
    let link = MessageLink()
    let clock = ContinuousClock()
    let begin = clock.now
    for index in 0..<100 {
      await #expect(throws: TransportError.self) {
        _ = try await link.request(message("q\(index)"), within: .seconds(10))
      }
      await #expect(throws: TransportError.self) { try await link.sendNow(message("k\(index)")) }
      #expect(link.enqueue(DeliveryItem(message: message("d\(index)"), needsAcknowledgement: true)) == .queued)
    }
    await link.drained()
    #expect(clock.now - begin < .seconds(1))
  }

  @Test("FF-08: a request on its way is told at once when the connection ends, not when its time is over")
  func endOfConnection() async throws {
    let link = MessageLink()
    let (local, remote) = InMemoryConnection.pair()
    let serving = Task { try? await link.serve(local) { _ in } }
    let waiting = Task { () -> TransportError.Code? in
      while !link.isConnected { await Task.yield() }
      do throws(TransportError) {
        _ = try await link.request(
          EdgeMessage(
            header: MessageHeader(id: "q", timestampMilliseconds: 0), route: MessageRoute()), within: .seconds(600))
        return nil
      } catch {
        return error.code
      }
    }
    while link.waitingRequests == 0 { try await Task.sleep(for: .milliseconds(1)) }
    remote.breakLink()
    #expect(await waiting.value == .connectionLost)
    _ = await serving.value
  }

  @Test("deadlines follow the injected clock")
  func injectedClock() async throws {
    let clock = ManualClock()
    let link = MessageLink(clock: clock)
    let (local, remote) = InMemoryConnection.pair()
    let serving = Task { try? await link.serve(local) { _ in } }
    while !link.isConnected { try await Task.sleep(for: .milliseconds(1)) }
    let request = Task { () -> TransportError.Code? in
      do throws(TransportError) {
        _ = try await link.request(
          EdgeMessage(
            header: MessageHeader(id: "q", timestampMilliseconds: 0), route: MessageRoute()), within: .seconds(600))
        return nil
      } catch {
        return error.code
      }
    }
    while link.waitingRequests == 0 { try await Task.sleep(for: .milliseconds(1)) }
    try await Task.sleep(for: .milliseconds(20))
    clock.advance(by: .seconds(601))
    #expect(await request.value == .timedOut)
    await remote.close()
    _ = await serving.value
  }

  @Test("a connection that takes nothing for the write time-out is given up, and its messages wait for the next")
  func stuckConnection() async throws {
    var configuration = MessageLink.Configuration()
    configuration.writeTimeout = .milliseconds(20)
    let link = MessageLink(configuration: configuration)
    for index in 0..<5 {
      link.enqueue(DeliveryItem(message: message("m\(index)"), needsAcknowledgement: true))
    }
    let (local, remote) = InMemoryConnection.pair(capacity: 1)
    var code: TransportError.Code?
    do throws(TransportError) {
      try await link.serve(local) { _ in }
    } catch {
      code = error.code
    }
    #expect(code == .timedOut && link.pendingCount == 5)
    await remote.close()
  }
}
