/// A random 128-bit identifier in the text form of RFC 9562 version 4, as Kubernetes uses for uids and KubeEdge for
/// message ids.
public struct UniqueID: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String

  /// Takes any text: uids of a peer are opaque and are compared, never parsed.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Makes a version 4 identifier from the given source of randomness.
  public init(from entropy: some EntropySource) {
    var high = entropy.next()
    var low = entropy.next()
    high = (high & ~0xF000) | 0x4000
    low = (low & ~(0xC0 << 56)) | (0x80 << 56)
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (index, byte) in (0..<16).map({ UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * ($0 % 8))) })
      .enumerated()
    {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    rawValue = String(decoding: text, as: UTF8.self)
  }

  public var description: String { rawValue }
}
