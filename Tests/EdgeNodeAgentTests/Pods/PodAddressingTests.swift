import Testing

@testable import EdgeNodeAgent

@Suite("PodAddressing") struct PodAddressingTests {
  @Test("a block hands out its host addresses, each once")
  func allocation() throws {
    let block = try #require(IPv4Block("127.20.1.0/30"))
    let addressing = PodAddressing.block(block)
    #expect(addressing.allocate(hostIP: "h", inUse: []) == "127.20.1.1")
    #expect(addressing.allocate(hostIP: "h", inUse: ["127.20.1.1"]) == "127.20.1.2")
    #expect(addressing.allocate(hostIP: "h", inUse: ["127.20.1.1", "127.20.1.2"]) == nil)
    #expect(PodAddressing.hostAddress.allocate(hostIP: "h", inUse: ["h"]) == "h")
  }

  @Test(
    "malformed blocks are refused",
    arguments: [
      "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/31", "10.0.0.0/7", "10.0.0.1/24", "10.0.0/24", "256.0.0.0/8", "a/24",
    ])
  func malformed(text: String) { #expect(IPv4Block(text) == nil) }
}
