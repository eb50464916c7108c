import EdgeJSON

/// A question to the fields of an object, `metadata.name=web-0,status.phase!=Running`; all its terms must hold.
///
/// Any dotted path may be asked for. A field that is absent reads as the empty string; numbers and booleans read as
/// their JSON text. Source of grammar and error texts: `k8s.io/apimachinery/pkg/fields`.
public struct FieldSelector: Hashable, Sendable, CustomStringConvertible {
  public struct Term: Hashable, Sendable, CustomStringConvertible {
    public let field: String
    public let isNegated: Bool
    public let value: String

    public init(field: String, isNegated: Bool = false, value: String) {
      self.field = field
      self.isNegated = isNegated
      self.value = value
    }

    public var description: String { "\(field)\(isNegated ? "!=" : "=")\(FieldSelector.escaped(value))" }
  }

  public let terms: [Term]

  public static let everything = FieldSelector(terms: [])

  public init(terms: [Term]) { self.terms = terms }

  /// The operators are `=`, `==` and `!=`; in values, `\`, `,` and `=` are written with a backslash before them.
  public init(parsing text: String) throws(SelectorError) {
    var terms: [Term] = []
    for part in Self.parts(of: text).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !part.isEmpty {
      guard let (field, isNegated, value) = Self.split(part) else {
        throw SelectorError("invalid selector: '\(text)'; can't understand '\(part)'")
      }
      terms.append(Term(field: field, isNegated: isNegated, value: try Self.unescaped(value)))
    }
    self.terms = terms
  }

  public var isEmpty: Bool { terms.isEmpty }

  public func matches(_ object: UnstructuredObject) -> Bool {
    matches { field in
      let path = field.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      switch object.content[path: path] {
      case .string(let text): return text
      case .integer(let number): return String(number)
      case .number(let number): return number.literal
      case .bool(let flag): return String(flag)
      default: return ""
      }
    }
  }

  /// - Parameter value: the value of a field; the empty string when it is absent.
  public func matches(_ value: (_ field: String) -> String) -> Bool {
    terms.allSatisfy { (value($0.field) == $0.value) != $0.isNegated }
  }

  /// The value that `field` must have, if the selector demands one.
  public func requiredValue(of field: String) -> String? {
    terms.first { $0.field == field && !$0.isNegated }?.value
  }

  public var description: String { terms.map(\.description).joined(separator: ",") }

  private static func parts(of text: String) -> [String] {
    var parts: [String] = []
    var part = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if !isEscaped, scalar == "," {
        parts.append(String(part))
        part = String.UnicodeScalarView()
        continue
      }
      isEscaped = !isEscaped && scalar == "\\"
      part.append(scalar)
    }
    return parts + [String(part)]
  }

  private static func split(_ part: String) -> (field: String, isNegated: Bool, value: String)? {
    let bytes = Array(part.utf8)
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    for place in bytes.indices {
      let isFollowedByEquals = place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "=")
      if bytes[place] == UInt8(ascii: "!"), isFollowedByEquals {
        return (text(0..<place), true, text((place + 2)..<bytes.count))
      }
      if bytes[place] == UInt8(ascii: "=") {
        return (text(0..<place), false, text((place + (isFollowedByEquals ? 2 : 1))..<bytes.count))
      }
    }
    return nil
  }

  /// `\`, `,` and `=` with a backslash before them.
  public static func escaped(_ value: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      if ["\\", ",", "="].contains(scalar) { escaped.append("\\") }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// The text behind an escaped value.
  ///
  /// - Throws: ``SelectorError`` for an escape of anything else, and for `,` and `=` without one.
  public static func unescaped(_ value: String) throws(SelectorError) -> String {
    var unescaped = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in value.unicodeScalars {
      let isSpecial = ["\\", ",", "="].contains(scalar)
      if isEscaped {
        guard isSpecial else { throw SelectorError("invalid field selector: invalid escape sequence: \\\(scalar)") }
        unescaped.append(scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if isSpecial {
        throw SelectorError("invalid field selector: unescaped character in value: \(scalar.value)")
      } else {
        unescaped.append(scalar)
      }
    }
    if isEscaped { throw SelectorError("invalid field selector: invalid escape sequence: \\") }
    return String(unescaped)
  }
}
