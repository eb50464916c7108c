import EdgeStore
import EdgeTestKit
import Testing

@Suite struct ChecksumTests {
  // RFC 3720, appendix B.4.
  @Test(
    "it is the Castagnoli checksum",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array("123456789".utf8), 0xE306_9283), ([], 0),
    ] as [([UInt8], UInt32)])
  func knownValues(_ bytes: [UInt8], _ expected: UInt32) {
    var checksum = CRC32C()
    checksum.update(bytes)
    #expect(checksum.value == expected)
  }

  @Test("processor and table agree, in whatever pieces the bytes come")
  func agreement() {
    for length in 0..<200 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ length) }
      var whole = CRC32C()
      whole.update(bytes)
      var table = CRC32C()
      // Sound: the pointer stays inside the closure.
      bytes.withUnsafeBytes { table.updateByTable($0) }
      var pieces = CRC32C()
      pieces.update(Array(bytes[..<(length / 3)]))
      pieces.update(Array(bytes[(length / 3)...]))
      #expect(whole.value == table.value && whole.value == pieces.value, "\(length) bytes")
    }
  }
}
