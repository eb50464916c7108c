/// Why ``ManifestScanner`` gives no value.
///
/// A class, because a typed error of several words would take its room in the frame of every call that may throw it, and
/// the scanner recurses.
final class Refusal: Error {
  enum Kind: Sendable {
    /// The text may be YAML; the complete reader decides.
    case unsupported
    /// The text is no YAML; the complete reader would say so in its own words.
    case malformed
    /// The text is beyond a bound that all readers share.
    case limit
  }

  let kind: Kind
  let reason: String
  /// Bytes from the beginning of the document without its carriage returns.
  let offset: Int
  /// Line of the document and character of the line, counted from 1; nil until ``located(in:)``.
  let line: Int?
  let column: Int?

  init(_ kind: Kind, _ reason: String, at offset: Int, line: Int? = nil, column: Int? = nil) {
    self.kind = kind
    self.reason = reason
    self.offset = offset
    self.line = line
    self.column = column
  }

  /// Lines and characters are counted only here, so that reading does not pay for them.
  func located(in text: UnsafeBufferPointer<UInt8>) -> Refusal {
    var line = 1
    var column = 1
    for byte in text.prefix(offset) {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return Refusal(kind, reason, at: offset, line: line, column: column)
  }
}
