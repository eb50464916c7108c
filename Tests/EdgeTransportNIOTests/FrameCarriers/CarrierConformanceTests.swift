#if Networking
import EdgePrimitives
import EdgeTestKit
import EdgeTransport
import Testing

@testable import EdgeTransportNIO

@Suite("carrier conformance: real sockets", .serialized, .timeLimit(.minutes(2)))
struct CarrierConformanceTests {
  @Test(
    "the WebSocket and the TLS carrier keep the contract, with mutual TLS over the loopback",
    arguments: FrameHarness.Kind.allCases, CarrierConformance.cases)
  func conforms(_ kind: FrameHarness.Kind, _ conformanceCase: CarrierConformanceCase) async throws {
    let accepted = AcceptedCarriers()
    try await FrameHarness.with(FrameHarness.Setup(serve: { carrier, _ in await accepted.offer(carrier) })) { harness in
      try await conformanceCase.run {
        let client = try await harness.connect(kind)
        let server = try #require(await accepted.next())
        // By itself a kernel's buffer grows to 32 MiB (Linux 6.18), as much as the suite takes for no bound at all.
        for carrier in [client, server] { try await FrameHarness.setReceiveBuffer(of: carrier, 1 << 20) }
        return CarrierPair(client: client, server: server, breakLink: { await FrameHarness.cut(client) })
      }
    }
  }
}
#endif
