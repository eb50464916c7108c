import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("UTF-8 check")
struct UTF8CheckTests {
  private func isText(_ bytes: [UInt8], cuts: [Int] = []) -> Bool {
    var check = UTF8Check()
    var start = 0
    for end in cuts + [bytes.count] {
      if !bytes[start..<end].withUnsafeBytes({ check.accept($0) }) { return false }
      start = end
    }
    return check.isComplete
  }

  @Test("it agrees with the standard library on every sequence of up to three octets and on random ones, at every cut")
  func agrees() {
    for first in 0...255 {
      for second in [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xFF] {
        for third in [0x41, 0x7F, 0x80, 0xBF, 0xC2] {
          let bytes = [UInt8(first), UInt8(second), UInt8(third)]
          #expect(isText(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
      }
    }
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    let pieces: [[UInt8]] = [
      Array("plain ascii".utf8), Array("é".utf8), Array("€".utf8), Array("😀".utf8), Array("\u{10FFFF}".utf8),
      [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xE2, 0x82],
    ]
    for round in 0..<2000 {
      var bytes: [UInt8] = []
      for _ in 0..<entropy.next(below: 6) {
        // Broken pieces are rare, or nothing would be valid.
        bytes += pieces[Int(entropy.next(below: entropy.next(below: 8) == 0 ? 10 : 5))]
      }
      let expected = String(validating: bytes, as: UTF8.self) != nil
      let cut = Int(entropy.next(below: UInt64(bytes.count + 1)))
      #expect(isText(bytes, cuts: [cut]) == expected, "seed \(seed), round \(round): \(bytes)")
    }
  }

  @Test("the octet that breaks a text is found when it comes, not at the end")
  func failsEarly() {
    for broken: [UInt8] in [
      [0xC0], [0xC1], [0xF5], [0xFF], [0x80], [0xE0, 0x9F], [0xED, 0xA0], [0xF0, 0x8F], [0xF4, 0x90],
    ] {
      var check = UTF8Check()
      #expect(!broken.withUnsafeBytes { check.accept($0) }, "\(broken)")
    }
  }
}
