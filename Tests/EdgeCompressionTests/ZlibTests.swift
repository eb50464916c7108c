import EdgeCompression
import EdgePrimitives
import Testing

@Suite("zlib streams") struct ZlibTests {
  private static let efforts = [CompressionEffort.fast, .thorough]

  private func bytes(_ hexadecimal: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hexadecimal.utf8 {
      let value = digit < 0x3A ? digit - 0x30 : digit - 0x57
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }

  private func dictionary(of vector: ZlibVector) -> CompressionDictionary? {
    vector.dictionary.isEmpty ? nil : CompressionDictionary(bytes(vector.dictionary))
  }

  /// Text with repetitions near and far, runs, and bytes that occur rarely, so that all forms of block occur.
  private func text(_ entropy: SeededEntropy) -> [UInt8] {
    var text: [UInt8] = []
    let count = Int(entropy.next() % (entropy.next() % 8 == 0 ? 100_000 : 3_000))
    while text.count < count {
      switch entropy.next() % 4 {
      case 0: text += (0..<entropy.next() % 40).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
      case 1:
        text += [UInt8](repeating: UInt8(truncatingIfNeeded: entropy.next() % 4), count: Int(entropy.next() % 400))
      case 2 where !text.isEmpty:
        let start = Int(entropy.next() % UInt64(text.count))
        text += text[start..<min(text.count, start + Int(entropy.next() % 300))]
      default: text += Array(#"{"metadata":{"name":"x","namespace":"default"},"#.utf8)
      }
    }
    return text
  }

  @Test("streams of zlib are read", arguments: ZlibVector.all)
  func reads(_ vector: ZlibVector) throws {
    let decompressor = ZlibDecompressor(dictionary: dictionary(of: vector))
    #expect(try decompressor.decompress(bytes(vector.stream), maximumBytes: 10_000) == bytes(vector.text))
  }

  @Test("every text comes back, with and without a dictionary, and short ones are not much longer compressed")
  func roundTrip() throws {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    for effort in Self.efforts {
      for dictionary in [nil, CompressionDictionary.kubernetes1] {
        var compressor = ZlibCompressor(dictionary: dictionary, effort: effort)
        let decompressor = ZlibDecompressor(dictionary: dictionary)
        for round in 0..<25 {
          let text = round == 0 ? [] : text(entropy)
          let stream = compressor.compress(text)
          #expect(stream.count <= text.count + 16 + text.count / 1000, "seed \(seed)")
          let back = try decompressor.decompress(stream, maximumBytes: text.count)
          #expect(back == text, "seed \(seed)")
        }
      }
    }
  }

  @Test("what one compressor makes does not depend on what it made before")
  func independence() {
    let entropy = SeededEntropy(seed: 5)
    var used = ZlibCompressor(dictionary: .kubernetes1)
    for _ in 0..<20 {
      let text = text(entropy)
      var fresh = ZlibCompressor(dictionary: .kubernetes1)
      #expect(used.compress(text) == fresh.compress(text))
    }
  }

  @Test("a short message shrinks to less than a third with the dictionary for its kind, and to more than half without")
  func ratio() {
    let message = Array(
      #"{"header":{"msg_id":"6af55ded-bf30-4d7d-b39c-a6771b75049c","timestamp":1795350797962,"resourceversion":"1033"},"route":{"source":"edgecontroller","group":"resource","operation":"update","resource":"default/pod/web-1"},"content":{"metadata":{"name":"web-1","namespace":"default","uid":"d1e804d7-7759-4dd8-9e53-2748d6134252","resourceVersion":"1033","creationTimestamp":"2027-01-22T12:33:15Z"},"spec":{"containers":[{"name":"a","image":"registry.example/web:1","resources":{},"volumeMounts":[{"name":"c","mountPath":"/c"}]}],"restartPolicy":"Always","nodeName":"edge-1","tolerations":[{"operator":"Exists"}]},"status":{"phase":"Running","conditions":[{"type":"Initialized","status":"True","lastProbeTime":null,"lastTransitionTime":"2027-01-22T12:33:15Z"},{"type":"Ready","status":"True","lastProbeTime":null,"lastTransitionTime":"2027-01-22T12:33:15Z"}],"qosClass":"BestEffort"}}}"#
        .utf8)
    var plain = ZlibCompressor()
    var primed = ZlibCompressor(dictionary: .kubernetes1)
    #expect(plain.compress(message).count > message.count / 2)
    #expect(primed.compress(message).count < message.count / 3)
  }

  @Test("a stream made with another dictionary, or without one, is refused")
  func wrongDictionary() {
    var plain = ZlibCompressor()
    var primed = ZlibCompressor(dictionary: .kubernetes1)
    let other = CompressionDictionary(Array("other".utf8))
    for (stream, dictionary) in [
      (plain.compress([1, 2]), other), (primed.compress([1, 2]), other), (primed.compress([1, 2]), nil),
    ] {
      #expect(
        code { try ZlibDecompressor(dictionary: dictionary).decompress(stream, maximumBytes: 9) } == .wrongDictionary)
    }
  }

  @Test("no more comes out than is allowed, however small the stream")
  func bomb() {
    var compressor = ZlibCompressor(effort: .thorough)
    let stream = compressor.compress([UInt8](repeating: 0, count: 10_000_000))
    #expect(stream.count < 20_000)
    #expect(code { try ZlibDecompressor().decompress(stream, maximumBytes: 9_999_999) } == .tooLarge)
    #expect(code { try ZlibDecompressor().decompress(stream, maximumBytes: 0) } == .tooLarge)
  }

  @Test("a stream that ends early, goes on or has another checksum is refused")
  func damage() throws {
    for vector in ZlibVector.all {
      let stream = bytes(vector.stream)
      let decompressor = ZlibDecompressor(dictionary: dictionary(of: vector))
      for end in stream.indices {
        #expect(code { try decompressor.decompress(Array(stream[..<end]), maximumBytes: 10_000) } == .truncated)
      }
      #expect(code { try decompressor.decompress(stream + [0], maximumBytes: 10_000) } == .trailingBytes)
      var changed = stream
      changed[stream.count - 1] ^= 1
      #expect(code { try decompressor.decompress(changed, maximumBytes: 10_000) } == .wrongChecksum)
    }
  }

  @Test("changed bits never trap and never let out more than is allowed")
  func mutation() {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    for vector in ZlibVector.all {
      let stream = bytes(vector.stream)
      let decompressor = ZlibDecompressor(dictionary: dictionary(of: vector))
      for _ in 0..<2_000 {
        var changed = stream
        for _ in 0...(entropy.next() % 3) {
          changed[Int(entropy.next() % UInt64(changed.count))] ^= 1 << UInt8(entropy.next() % 8)
        }
        // Adler-32 is weak for short texts, so another text may come out; TLS below is what finds forgery.
        if let text = try? decompressor.decompress(changed, maximumBytes: 1_000) {
          #expect(text.count <= 1_000, "seed \(seed)")
        }
      }
    }
  }

  @Test(
    "codes that are no codes are refused",
    arguments: [
      // A block of the reserved kind; a stored block with a wrong complement; a distance before the beginning; 287 symbols;
      // a code that leaves room.
      "789c07000000000000", "789c010100000061", "789c4b04020000", "789cfdc081080000000020",
      "789c0500000000000000000000",
    ])
  func noCodes(_ stream: String) {
    let found = code { try ZlibDecompressor().decompress(bytes(stream), maximumBytes: 100) }
    #expect(found == .malformed || found == .truncated)
  }

  private func code(_ body: () throws -> [UInt8]) -> CompressionError.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? CompressionError)?.code
    }
  }
}
