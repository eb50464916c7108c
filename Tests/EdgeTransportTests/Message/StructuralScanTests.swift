import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("structural scan")
struct StructuralScanTests {
  @Test("the end of a container is the one that a full parser finds, for random JSON at every alignment")
  func agreesWithParser() throws {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    for round in 0..<2000 {
      let padding = [UInt8](repeating: 0x20, count: Int(entropy.next(below: 70)))
      let container = randomContainer(entropy, depth: 0)
      let bytes = padding + container + Array(",]}\"x".utf8)
      var scanner = JSONScanner(bytes, range: padding.count..<bytes.count)
      let parsed = try scanner.skipValue()
      let found = StructuralScan.endOfContainer(in: bytes, from: padding.count, end: bytes.count)
      #expect(found == parsed.upperBound, "seed \(seed), round \(round)")
      let cut = padding.count + Int(entropy.next(below: UInt64(container.count)))
      #expect(StructuralScan.endOfContainer(in: bytes, from: padding.count, end: cut) == nil, "seed \(seed)")
    }
  }

  /// Strings full of brackets, quotes and runs of backslashes: what could fool a scan.
  private func randomString(_ entropy: SeededEntropy) -> [UInt8] {
    let pieces = ["{", "}", "[", "]", "\\\"", "\\\\", "\\\\\\\"", "\\u005c", "a", "abcdefgh", ",", ":", "é"]
    var text: [UInt8] = [0x22]
    for _ in 0..<entropy.next(below: 12) { text += Array(pieces[Int(entropy.next(below: UInt64(pieces.count)))].utf8) }
    return text + [0x22]
  }

  private func randomContainer(_ entropy: SeededEntropy, depth: Int) -> [UInt8] {
    let isObject = entropy.next(below: 2) == 0
    var text: [UInt8] = isObject ? [0x7B] : [0x5B]
    for index in 0..<entropy.next(below: 6) {
      if index > 0 { text.append(0x2C) }
      if isObject { text += randomString(entropy) + [0x3A] }
      switch entropy.next(below: depth > 4 ? 2 : 4) {
      case 0: text += randomString(entropy)
      case 1: text += Array("-12.5e3".utf8)
      default: text += randomContainer(entropy, depth: depth + 1)
      }
    }
    return text + (isObject ? [0x7D] : [0x5D])
  }
}
