import EdgePrimitives
import EdgeTransport
import Testing

@Suite("varints")
struct VarintTests {
  /// RFC 9000, appendix A.1.
  static let vectors: [(bytes: [UInt8], value: UInt64)] = [
    ([0xC2, 0x19, 0x7C, 0x5E, 0xFF, 0x14, 0xE8, 0x8C], 151_288_809_941_952_652),
    ([0x9D, 0x7F, 0x3E, 0x7D], 494_878_333),
    ([0x7B, 0xBD], 15_293),
    ([0x25], 37),
  ]

  static func decode(_ bytes: [UInt8]) -> (value: UInt64, length: Int)? {
    var position = 0
    guard let value = Varint.decode(bytes.span.bytes, at: &position) else {
      #expect(position == 0)
      return nil
    }
    return (value, position)
  }

  @Test("the examples of RFC 9000 are read and written")
  func examples() {
    for (bytes, value) in Self.vectors {
      let read = Self.decode(bytes)
      #expect(read?.value == value && read?.length == bytes.count)
      var written: [UInt8] = []
      Varint.append(value, to: &written)
      #expect(written == bytes && Varint.length(of: value) == bytes.count)
    }
  }

  @Test("a longer form than needed is read")
  func longerForm() {
    let read = Self.decode([0x40, 0x25])
    #expect(read?.value == 37 && read?.length == 2)
    #expect(Self.decode([0xC0, 0, 0, 0, 0, 0, 0, 0])?.value == 0)
  }

  @Test("bytes that end within an integer are none yet")
  func incomplete() {
    #expect(Self.decode([]) == nil)
    for (bytes, _) in Self.vectors where bytes.count > 1 {
      for count in 1..<bytes.count { #expect(Self.decode(Array(bytes.prefix(count))) == nil) }
    }
  }

  @Test("every value comes back from its own bytes, at the borders of each length too")
  func roundTrip() {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    var values: [UInt64] = [6, 14, 30].flatMap { [1 << $0 - 1, 1 << $0] } + [0, Varint.maximum]
    values += (0..<2000).map { _ in entropy.next() >> (2 + entropy.next(below: 62)) }
    for value in values {
      var bytes: [UInt8] = []
      Varint.append(value, to: &bytes)
      let read = Self.decode(bytes + [0xFF])
      #expect(read?.value == value && read?.length == bytes.count, "seed \(seed)")
    }
  }
}
