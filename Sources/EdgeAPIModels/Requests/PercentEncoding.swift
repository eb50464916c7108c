/// Percent-encoding of URLs (RFC 3986, section 2.1).
enum PercentEncoding {
  /// - Parameter plusIsSpace: as in queries.
  /// - Returns: nil when a `%` is not followed by two hexadecimal digits. Bytes that are no UTF-8 are replaced.
  static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      switch bytes[place] {
      case UInt8(ascii: "%"):
        guard place + 2 < bytes.endIndex, let high = digit(bytes[place + 1]), let low = digit(bytes[place + 2]) else {
          return nil
        }
        decoded.append(high << 4 | low)
        place += 2
      case UInt8(ascii: "+") where plusIsSpace: decoded.append(0x20)
      case let byte: decoded.append(byte)
      }
      place += 1
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
