#if QUIC
import EdgeTestKit
import EdgeTransport
import NIOCore
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
        let client = try await harness.client { $0.timing.keepalive = .milliseconds(200) }.connect()
        let server = try #require(await accepted.next())
        return CarrierPair(
          client: client, server: server,
          breakLink: {
            // Nothing passes any more, and nobody says so: each end has to notice by itself.
            try? await client.dialer.loop.submit { client.dialer.dialer.value.socket.close() }.get()
          })
      }
    }
  }
}
#endif
