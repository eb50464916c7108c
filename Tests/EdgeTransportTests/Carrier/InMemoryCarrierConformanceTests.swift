import EdgeTestKit
import EdgeTransport
import Testing

@Suite("carrier conformance: in memory")
struct InMemoryCarrierConformanceTests {
  @Test("the in-memory carrier keeps the contract", arguments: CarrierConformance.cases)
  func conforms(_ conformanceCase: CarrierConformanceCase) async throws {
    try await conformanceCase.run {
      let (client, server) = InMemoryFrameCarrier.pair()
      return CarrierPair(client: client, server: server, breakLink: { client.breakLink() })
    }
  }
}
