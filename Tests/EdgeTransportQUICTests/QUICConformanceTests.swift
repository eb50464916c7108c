#if QUIC
import EdgeTestKit
import EdgeTransport
import Testing

@testable import EdgeTransportQUIC

@Suite("carrier conformance: QUIC", .serialized, .timeLimit(.minutes(2)))
struct QUICConformanceTests {
  @Test("the QUIC carrier keeps the contract, with mutual TLS over the loopback", arguments: CarrierConformance.cases)
  func conforms(_ conformanceCase: CarrierConformanceCase) async throws {
    let accepted = AcceptedCarriers()
    let setup = QUICHarness.Setup(
      configure: { $0.timing.idleTimeout = .seconds(1) }, serve: { await accepted.offer($0) })
    try await QUICHarness.with(setup) { harness in
      try await conformanceCase.run {
        // What breaks is the way between both; each end has to notice by itself.
        let relay = try await DatagramRelay.start(to: harness.port)
        let client = try await harness.client(port: relay.port) {
          $0.timing.keepalive = .milliseconds(200)
        }.connect()
        let server = try #require(await accepted.next())
        return CarrierPair(client: client, server: server, breakLink: { relay.cut() })
      }
    }
  }
}
#endif
