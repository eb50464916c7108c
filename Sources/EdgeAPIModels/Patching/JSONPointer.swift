/// A JSON pointer (RFC 6901): reference tokens from the root of a document, `/spec/containers/0`.
struct JSONPointer: Hashable {
  let text: String
  /// Decoded: `~1` is a slash and `~0` a tilde. Empty for the root, and for a text without any slash.
  let tokens: [String]

  var isRoot: Bool { text.isEmpty }

  /// Reads any text; what is before the first slash is dropped, and a tilde before anything else stands for itself.
  init(_ text: String) {
    self.text = text
    tokens = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst().map {
      Self.decoded(String(Substring($0)))
    }
  }

  /// Whether the RFC allows the text.
  static func isValid(_ text: String) -> Bool {
    if text.isEmpty { return true }
    guard text.utf8.first == UInt8(ascii: "/") else { return false }
    let parts = text.utf8.split(separator: UInt8(ascii: "~"), omittingEmptySubsequences: false).dropFirst()
    return parts.allSatisfy { $0.first == UInt8(ascii: "0") || $0.first == UInt8(ascii: "1") }
  }

  private static func decoded(_ token: String) -> String {
    guard token.utf8.contains(UInt8(ascii: "~")) else { return token }
    var bytes: [UInt8] = []
    var rest = Substring(token).utf8
    while let byte = rest.popFirst() {
      switch (byte, rest.first) {
      case (UInt8(ascii: "~"), UInt8(ascii: "0")): rest.removeFirst()
      case (UInt8(ascii: "~"), UInt8(ascii: "1")):
        bytes.append(UInt8(ascii: "/"))
        rest.removeFirst()
        continue
      default: break
      }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
