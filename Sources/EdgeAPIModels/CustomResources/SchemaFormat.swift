import EdgeJSON
import EdgePrimitives

/// The formats that schemas of custom resources know; others are ignored.
///
/// Source: `apiextensions-apiserver` (the list) and `kube-openapi`'s `strfmt` (what they accept).
enum SchemaFormat {
  static func isKnown(_ format: String, type: String?) -> Bool {
    switch type {
    case nil, "string": checks[normalized(format)] != nil
    case "integer": format == "int32" || format == "int64"
    case "number": format == "float" || format == "double"
    default: false
    }
  }

  /// Whether a text has the format; every text has an unknown one.
  static func accepts(_ text: String, format: String) -> Bool { checks[normalized(format)]?(text) ?? true }

  /// `date-time` and `datetime` are the same.
  private static func normalized(_ format: String) -> String { format.filter { $0 != "-" } }

  private static let checks: [String: @Sendable (String) -> Bool] = [
    "bsonobjectid": { $0.utf8.count == 24 && $0.utf8.allSatisfy(isHexadecimal) },
    "uri": { isURI($0) },
    "email": { isEmail($0) },
    "hostname": { isHostname($0) },
    "ipv4": { IPAddressText.isIPv4($0) },
    "ipv6": { IPAddressText.isIPv6($0) },
    "cidr": { IPAddressText.isPrefix($0) },
    "mac": { isMAC($0) },
    "uuid": { isUUID($0, version: nil) },
    "uuid3": { isUUID($0, version: 3) },
    "uuid4": { isUUID($0, version: 4) },
    "uuid5": { isUUID($0, version: 5) },
    "isbn": { isISBN10($0) || isISBN13($0) },
    "isbn10": { isISBN10($0) },
    "isbn13": { isISBN13($0) },
    "creditcard": { isCreditCard($0) },
    "ssn": { matches(ssn, $0) },
    "hexcolor": { matches(hexColor, $0) },
    "rgbcolor": { isRGB($0) },
    "byte": { Base64.decode($0) != nil },
    "password": { _ in true },
    "date": { $0.utf8.count == 10 && Timestamp(rfc3339: $0 + "T00:00:00Z") != nil },
    "duration": { isDuration($0) },
    "datetime": { Timestamp(rfc3339: $0) != nil },
    "k8sshortname": { NameRule.dnsLabel.accepts($0) },
    "k8slongname": { NameRule.dnsSubdomain.accepts($0) },
  ]

  private static func matches(_ pattern: TextPattern?, _ text: String) -> Bool { pattern?.matches(text) ?? false }

  /// The sources below are constants; one that did not parse would accept nothing, and a test would say so.
  private static func pattern(_ source: String) -> TextPattern? { try? TextPattern(parsing: source) }

  private static let ssn = pattern(#"^\d{3}[- ]?\d{2}[- ]?\d{4}$"#)
  private static let hexColor = pattern("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")
  private static let rgb = pattern(#"^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$"#)
  private static let schemeAndMore = pattern("^[A-Za-z][A-Za-z0-9+.-]*:.")
  private static let mailbox = pattern(#"^[^\s@<>,;:\\"()\[\]]+@[^\s@<>,;:\\"()]+$"#)
  private static let uuid = pattern("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$")
  private static let goDuration = pattern(#"^[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$"#)
  private static let wordDuration = pattern(
    #"^(\d+(\.\d*)?|\.\d+)\s*(ns|nanos?|us|µs|micros?|ms|millis?|s|secs?|seconds?"#
      + "|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|wks?)$")

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }

  private static func isDigits(_ text: some Sequence<UInt8>) -> Bool { text.allSatisfy { (0x30...0x39).contains($0) } }

  /// An absolute path, or a scheme and something behind it.
  private static func isURI(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
    return first == UInt8(ascii: "/") || matches(schemeAndMore, text)
  }

  private static func isEmail(_ text: String) -> Bool {
    let bare = text.hasSuffix(">") ? text.split(separator: "<").last.map { String($0.dropLast()) } ?? "" : text
    return matches(mailbox, bare) && !bare.contains("..")
  }

  private static func isHostname(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 255
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.allSatisfy { $0 == "-" || $0.isLetter || $0.isSymbol || ($0.isASCII && $0.isNumber) }
      }
  }

  private static func isMAC(_ text: String) -> Bool {
    for (separator, width) in [(":", 2), ("-", 2), (".", 4)] as [(Character, Int)] {
      let groups = text.split(separator: separator, omittingEmptySubsequences: false)
      guard groups.allSatisfy({ $0.utf8.count == width && $0.utf8.allSatisfy(isHexadecimal) }) else { continue }
      if [6, 8, 20].contains(groups.count * width / 2) { return true }
    }
    return false
  }

  private static func isUUID(_ text: String, version: Int?) -> Bool {
    let digits = Array(text.utf8.filter { $0 != UInt8(ascii: "-") })
    guard matches(uuid, text), digits.count == 32 else { return false }
    guard let version else { return true }
    // The version is the thirteenth digit; from the fourth version on, the seventeenth names the variant.
    guard digits[12] == UInt8(0x30 + version) else { return false }
    return version < 4 || "89abAB".utf8.contains(digits[16])
  }

  private static func isISBN10(_ text: String) -> Bool {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    guard digits.count == 10, isDigits(digits.dropLast()) else { return false }
    let last = digits[9] | 0x20 == UInt8(ascii: "x") ? 10 : Int(digits[9]) - 0x30
    guard (0...10).contains(last) else { return false }
    let sum = digits.dropLast().enumerated().reduce(0) { $0 + ($1.offset + 1) * (Int($1.element) - 0x30) }
    return (sum + 10 * last) % 11 == 0
  }

  private static func isISBN13(_ text: String) -> Bool {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    guard digits.count == 13, isDigits(digits) else { return false }
    return digits.enumerated().reduce(0) { $0 + ($1.offset % 2 == 0 ? 1 : 3) * (Int($1.element) - 0x30) } % 10 == 0
  }

  /// Luhn's checksum over 13 to 16 digits.
  private static func isCreditCard(_ text: String) -> Bool {
    let digits = text.utf8.filter { isDigits(CollectionOfOne($0)) }
    guard (13...16).contains(digits.count) else { return false }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let value = (Int(digit.element) - 0x30) * (digit.offset % 2 == 0 ? 1 : 2)
      return sum + (value > 9 ? value - 9 : value)
    }
    return sum % 10 == 0
  }

  private static func isRGB(_ text: String) -> Bool {
    guard matches(rgb, text) else { return false }
    return text.split { !$0.isASCII || !$0.isNumber }.allSatisfy { Int($0).map { $0 <= 255 } ?? false }
  }

  /// Go's durations (`1h30m`), and numbers with a unit in words (`22 ns`, `3 days`).
  private static func isDuration(_ text: String) -> Bool {
    matches(goDuration, text) || matches(wordDuration, text)
  }
}
