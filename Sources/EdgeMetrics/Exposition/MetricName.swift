#if Networking
/// The names and texts that Prometheus' text format takes.
enum MetricName {
  /// A family's name, `[a-zA-Z_:][a-zA-Z0-9_:]*`; anything else becomes `_`.
  static func metric(_ label: String) -> String { name(label, colons: true) }

  /// A label's name, `[a-zA-Z_][a-zA-Z0-9_]*`; anything else becomes `_`.
  static func label(_ name: String) -> String { self.name(name, colons: false) }

  private static func name(_ given: String, colons: Bool) -> String {
    func fits(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: colons && byte == UInt8(ascii: ":")
      }
    }
    let beginsWithDigit = given.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true
    if !beginsWithDigit && given.utf8.allSatisfy(fits) { return given }
    let bytes = given.utf8.map { fits($0) ? $0 : UInt8(ascii: "_") }
    return (beginsWithDigit ? "_" : "") + String(decoding: bytes, as: UTF8.self)
  }

  /// - Parameter quotes: label values stand in quotes, help texts do not.
  static func escaped(_ text: String, quotes: Bool) -> String {
    func isSpecial(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") || (quotes && byte == UInt8(ascii: "\""))
    }
    guard text.utf8.contains(where: isSpecial) else { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isSpecial(byte) { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
#endif
