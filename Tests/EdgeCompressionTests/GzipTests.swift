import EdgeCompression
import EdgePrimitives
import Testing

@Suite("gzip files") struct GzipTests {
  /// "hello" as gzip writes it.
  private static let hello: [UInt8] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0,
  ]

  @Test("a file is read, also of several members, and with all that a header may hold")
  func reads() throws {
    let text = Array("hello".utf8)
    #expect(try GzipDecompressor().decompress(Self.hello, maximumBytes: 5) == text)
    #expect(try GzipDecompressor().decompress(Self.hello + Self.hello, maximumBytes: 10) == text + text)
    let header: [UInt8] = [31, 139, 8, 0x1F, 0, 0, 0, 0, 2, 3, 2, 0, 9, 9] + Array("name\0comment\0".utf8) + [0, 0]
    #expect(try GzipDecompressor().decompress(header + Self.hello[10...], maximumBytes: 5) == text)
  }

  @Test("more than is allowed is refused, and so is every cut and every flipped bit that matters")
  func refuses() throws {
    #expect(throws: CompressionError.self) { try GzipDecompressor().decompress(Self.hello, maximumBytes: 4) }
    #expect(throws: CompressionError.self) {
      try GzipDecompressor().decompress(Self.hello + Self.hello, maximumBytes: 9)
    }
    for length in 0..<Self.hello.count {
      #expect(throws: CompressionError.self) {
        try GzipDecompressor().decompress(Array(Self.hello[..<length]), maximumBytes: 100)
      }
    }
    // But the time, the level and the system, which nobody checks, and what fills the last byte of the blocks.
    for place in Array(0..<3) + Array(10..<16) + Array(17..<Self.hello.count) {
      var damaged = Self.hello
      damaged[place] ^= 0x10
      #expect(throws: CompressionError.self, "\(place)") {
        try GzipDecompressor().decompress(damaged, maximumBytes: 100)
      }
    }
  }

  @Test("noise ends in bounded time, with an error or a text")
  func noise() {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    for _ in 0..<2_000 {
      var bytes = Self.hello
      for _ in 0..<(1 + entropy.next() % 4) {
        bytes[Int(entropy.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: entropy.next())
      }
      do throws(CompressionError) {
        let text = try GzipDecompressor().decompress(bytes, maximumBytes: 1_000)
        #expect(text.count <= 1_000, "seed \(seed)")
      } catch {}
    }
  }
}
