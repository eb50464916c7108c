#if Networking
/// A request target taken apart (RFC 9112, section 3.2): origin form, or absolute form with its authority dropped.
struct RequestTarget {
  let path: String
  let query: [(name: String, value: String)]

  init(_ target: String) {
    var rest = Substring(target)
    if let scheme = rest.firstRange(of: "://"), !rest.hasPrefix("/") {
      rest = rest[scheme.upperBound...]
      rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    let halves = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(halves[0])
    query = halves.count > 1 ? Self.fields(of: halves[1]) : []
  }

  private static func fields(of query: Substring) -> [(name: String, value: String)] {
    query.split(separator: "&").map { field in
      let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (PercentEncoding.decodedQuery(sides[0]), sides.count > 1 ? PercentEncoding.decodedQuery(sides[1]) : "")
    }
  }
}

/// Percent-encoding (RFC 3986, section 2.1).
public enum PercentEncoding {
  /// Decodes `%XX` and reads `+` as a blank; a `%` without two hex digits stays as it is, and bytes that are not UTF-8
  /// are replaced, so that no input is an error.
  public static func decodedQuery(_ text: some StringProtocol) -> String { decoded(text, plusIsBlank: true) }

  /// Decodes one path segment: `+` is itself.
  public static func decodedSegment(_ text: some StringProtocol) -> String { decoded(text, plusIsBlank: false) }

  /// Encodes everything but the unreserved characters; good for a path segment and for a query name or value.
  public static func encoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func decoded(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
      let byte = source[index]
      if byte == UInt8(ascii: "%"), index + 2 < source.count, let high = hexValue(source[index + 1]),
        let low = hexValue(source[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
#endif
