import EdgeJSON

/// A number or a text: ports by number or name, counts as numbers or percentages (`25%`). Source:
/// `k8s.io/apimachinery/pkg/util/intstr`.
public enum IntOrString: Hashable, Sendable {
  case int(Int32)
  case string(String)
}

extension IntOrString: CustomStringConvertible {
  public var description: String {
    switch self {
    case .int(let value): String(value)
    case .string(let text): text
    }
  }

  /// The number; of a text, the number it spells, or 0.
  public var intValue: Int {
    switch self {
    case .int(let value): return Int(value)
    case .string(let text):
      switch Self.atoi(text) {
      case .success(let value): return value
      case .failure(let error): return error.clamped
      }
    }
  }

  /// The number itself, or the percentage of `total`: `25%` of 10 is 3 rounded up and 2 rounded down. Saturates.
  ///
  /// - Throws: ``IntOrStringError`` for a text that is no percentage.
  public func scaled(to total: Int, roundingUp: Bool) throws(IntOrStringError) -> Int {
    guard case .string(let text) = self else { return intValue }
    guard text.utf8.last == UInt8(ascii: "%") else {
      throw IntOrStringError("invalid value for IntOrString: invalid type: string is not a percentage")
    }
    let number = String(decoding: text.utf8.dropLast(), as: UTF8.self)
    let percentage: Int
    switch Self.atoi(number) {
    case .success(let value): percentage = value
    case .failure(let error):
      throw IntOrStringError(
        "invalid value for IntOrString: invalid value \(GoQuoting.quoted(text)): strconv.Atoi: parsing "
          + "\(GoQuoting.quoted(number)): \(error.reason)")
    }
    let share = Double(percentage) * Double(total) / 100
    let rounded = share.rounded(roundingUp ? .up : .down)
    return Int(exactly: rounded) ?? (rounded < 0 ? .min : .max)
  }

  private struct AtoiError: Error {
    let reason: String
    /// What Go gives beside the error.
    let clamped: Int
  }

  private static func atoi(_ text: String) -> Result<Int, AtoiError> {
    if let value = Int(text) { return .success(value) }
    let digits = text.utf8.first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } == true ? 1 : 0
    let isNumber = text.utf8.count > digits && text.utf8.dropFirst(digits).allSatisfy { $0 &- 0x30 < 10 }
    if !isNumber { return .failure(AtoiError(reason: "invalid syntax", clamped: 0)) }
    return .failure(AtoiError(reason: "value out of range", clamped: text.hasPrefix("-") ? .min : .max))
  }
}

/// Why a value is neither a number nor a percentage.
public struct IntOrStringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the words of Kubernetes.
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}

extension IntOrString {
  /// Reads an integer of 32 bits or a string; null is the number 0, as in Kubernetes.
  public init(json: JSONValue) throws(IntOrStringError) {
    switch json {
    case .null: self = .int(0)
    case .string(let text): self = .string(text)
    case .integer(let value):
      guard let value = Int32(exactly: value) else { throw Self.notAnInteger("number \(value)") }
      self = .int(value)
    case .number(let number):
      guard number.literal == "-0" else { throw Self.notAnInteger("number \(number.literal.prefix(80))") }
      self = .int(0)
    case .bool: throw Self.notAnInteger("bool")
    case .array: throw Self.notAnInteger("array")
    case .object: throw Self.notAnInteger("object")
    }
  }

  public var json: JSONValue {
    switch self {
    case .int(let value): .integer(Int64(value))
    case .string(let text): .string(text)
    }
  }

  private static func notAnInteger(_ what: String) -> IntOrStringError {
    IntOrStringError("json: cannot unmarshal \(what) into Go value of type int32")
  }
}

extension IntOrString: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .int(0)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else {
      self = .int(try container.decode(Int32.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let value): try container.encode(value)
    case .string(let text): try container.encode(text)
    }
  }
}

extension IntOrString: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  public init(integerLiteral value: Int32) { self = .int(value) }
  public init(stringLiteral value: String) { self = .string(value) }
}
