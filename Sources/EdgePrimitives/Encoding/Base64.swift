/// Bytes as text (RFC 4648): the standard alphabet with padding, as Kubernetes objects and kubeconfig files carry bytes,
/// and the URL-safe alphabet without, as JSON Web Tokens do.
///
/// Decoding is strict but for line breaks in the standard form: a foreign character, wrong padding or leftover bits that
/// are not zero are refused, so that one value has one spelling.
public enum Base64 {
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = digits(of: bytes, last: (UInt8(ascii: "+"), UInt8(ascii: "/")))
    while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil when `text` is not base64.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard digits.count.isMultiple(of: 4) else { return nil }
    let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    return bytes(of: digits.dropLast(padding), last: (UInt8(ascii: "+"), UInt8(ascii: "/")))
  }

  public static func encodeURLSafe(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: digits(of: bytes, last: (UInt8(ascii: "-"), UInt8(ascii: "_"))), as: UTF8.self)
  }

  /// Nil when `text` is not URL-safe base64 without padding.
  public static func decodeURLSafe(_ text: some StringProtocol) -> [UInt8]? {
    bytes(of: text.utf8, last: (UInt8(ascii: "-"), UInt8(ascii: "_")))
  }

  private static let commonDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

  private static func digits(of bytes: some Sequence<UInt8>, last: (UInt8, UInt8)) -> [UInt8] {
    let alphabet = commonDigits + [last.0, last.1]
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> count & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
    return text
  }

  private static func bytes(of digits: some Sequence<UInt8>, last: (UInt8, UInt8)) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
      case last.0: value = 62
      case last.1: value = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    guard count < 6, bits & (1 << count - 1) == 0 else { return nil }
    return bytes
  }
}
