/// How a value is written.
public struct JSONStyle: Hashable, Sendable {
  public enum KeyOrder: Hashable, Sendable {
    case insertion
    /// By the bytes of the keys, as Go prints its maps.
    case sorted
  }

  /// Spaces for each level; nil writes everything on one line without blanks.
  public var indentation: Int?
  public var keyOrder: KeyOrder
  public var escaping: JSONEscaping

  public init(indentation: Int? = nil, keyOrder: KeyOrder = .insertion, escaping: JSONEscaping = .minimal) {
    self.indentation = indentation
    self.keyOrder = keyOrder
    self.escaping = escaping
  }

  public static let compact = JSONStyle()
  /// Two spaces a level.
  public static let pretty = JSONStyle(indentation: 2)
  /// Compact, with sorted keys: equal values give equal bytes.
  public static let canonical = JSONStyle(keyOrder: .sorted)
  /// As Go's encoding/json writes it.
  public static let go = JSONStyle(escaping: .go)
}

/// Which characters of a string are written as escapes.
public enum JSONEscaping: Hashable, Sendable {
  /// Only what RFC 8259 demands: quote, backslash and control characters.
  case minimal
  /// As Go's encoding/json does by default: also `<`, `>`, `&`, U+2028 and U+2029.
  case go
}
