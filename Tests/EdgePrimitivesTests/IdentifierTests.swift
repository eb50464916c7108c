import EdgePrimitives
import Testing

@Suite("Identifiers")
struct IdentifierTests {
  @Test("a node name is a DNS subdomain", arguments: ["edge-node-1", "n1.example.com", "1"])
  func accepted(name: String) throws {
    #expect(try NodeName(name).rawValue == name)
  }

  @Test(
    "a node name that is none is refused with the reason",
    arguments: [
      "", "Edge", "-a", "a-", "a..b", "a_b", "ä", String(repeating: "a", count: 254),
      String(repeating: "a.", count: 127) + "aa",
    ])
  func refused(name: String) {
    #expect(throws: InvalidIdentifier.self) { try NodeName(name) }
  }

  @Test("hostile names do not flood a log")
  func longName() {
    let error = #expect(throws: InvalidIdentifier.self) { try NodeName(String(repeating: "x", count: 100_000)) }
    #expect((error?.description.utf8.count ?? .max) < 300)
  }

  @Test("a unique id has the form of version 4 and follows from its source of randomness")
  func uniqueID() {
    let first = UniqueID(from: SeededEntropy(seed: 7)).rawValue
    #expect(first == UniqueID(from: SeededEntropy(seed: 7)).rawValue)
    #expect(first != UniqueID(from: SeededEntropy(seed: 8)).rawValue)
    let bytes = Array(first.utf8)
    #expect(bytes.count == 36)
    #expect([8, 13, 18, 23].allSatisfy { bytes[$0] == UInt8(ascii: "-") })
    #expect(bytes[14] == UInt8(ascii: "4"))
    #expect("89ab".utf8.contains(bytes[19]))
  }
}
