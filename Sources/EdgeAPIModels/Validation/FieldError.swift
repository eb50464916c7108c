import EdgeJSON

/// What is wrong with one field, worded as `k8s.io/apimachinery/pkg/util/validation/field` words it.
public struct FieldError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The raw value is the reason in the causes of a `metav1.Status`.
  public enum Kind: String, Hashable, Sendable {
    case required = "FieldValueRequired"
    case invalid = "FieldValueInvalid"
    case notSupported = "FieldValueNotSupported"
    case duplicate = "FieldValueDuplicate"
    case forbidden = "FieldValueForbidden"
    case typeInvalid = "FieldValueTypeInvalid"
    case notFound = "FieldValueNotFound"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"

    /// As it begins the message.
    public var title: String {
      switch self {
      case .required: "Required value"
      case .invalid, .typeInvalid: "Invalid value"
      case .notSupported: "Unsupported value"
      case .duplicate: "Duplicate value"
      case .forbidden: "Forbidden"
      case .notFound: "Not found"
      case .tooLong: "Too long"
      case .tooMany: "Too many"
      }
    }
  }

  /// `spec.properties[1].type`
  public let path: String
  public let kind: Kind
  /// nil when the message does not show the value: it is absent, too long or forbidden whatever it is.
  public let badValue: JSONValue?
  public let detail: String

  public init(path: String, kind: Kind, badValue: JSONValue? = nil, detail: String = "") {
    self.path = path
    self.kind = kind
    self.badValue = badValue
    self.detail = detail
  }

  /// The message without the path: `Unsupported value: "x": supported values: "INT", "FLOAT"`.
  public var body: String {
    var text = kind.title
    if let badValue {
      text += ": " + (badValue.stringValue.map { GoQuoting.quoted($0) } ?? badValue.text)
    }
    return detail.isEmpty ? text : "\(text): \(detail)"
  }

  public var description: String { "\(path): \(body)" }
}

extension FieldError {
  public static func required(_ path: FieldPath, _ detail: String = "") -> FieldError {
    FieldError(path: path.description, kind: .required, detail: detail)
  }

  public static func invalid(_ path: FieldPath, _ value: JSONValue, _ detail: String) -> FieldError {
    FieldError(path: path.description, kind: .invalid, badValue: value, detail: detail)
  }

  public static func notSupported(_ path: FieldPath, _ value: JSONValue, supported: [String]) -> FieldError {
    let list = supported.map { GoQuoting.quoted($0) }.joined(separator: ", ")
    return FieldError(
      path: path.description, kind: .notSupported, badValue: value,
      detail: supported.isEmpty ? "" : "supported values: \(list)")
  }

  public static func duplicate(_ path: FieldPath, _ value: JSONValue) -> FieldError {
    FieldError(path: path.description, kind: .duplicate, badValue: value)
  }

  public static func notFound(_ path: FieldPath, _ value: JSONValue) -> FieldError {
    FieldError(path: path.description, kind: .notFound, badValue: value)
  }

  public static func forbidden(_ path: FieldPath, _ detail: String) -> FieldError {
    FieldError(path: path.description, kind: .forbidden, detail: detail)
  }

  public static func tooLong(_ path: FieldPath, maximumBytes: Int) -> FieldError {
    FieldError(path: path.description, kind: .tooLong, detail: "may not be more than \(maximumBytes) bytes")
  }

  public static func tooMany(_ path: FieldPath, count: Int, maximum: Int) -> FieldError {
    FieldError(
      path: path.description, kind: .tooMany, badValue: .integer(Int64(count)),
      detail: "must have at most \(maximum) items")
  }

  /// The words of an OpenAPI schema check: `spec.replicas in body must be of type integer: "string"`. The value itself
  /// is not shown; it may be of any size.
  public static func typeInvalid(_ path: FieldPath, _ value: JSONValue, expected: String) -> FieldError {
    let found = value.typeName
    return FieldError(
      path: path.description, kind: .typeInvalid, badValue: .string(found),
      detail: "\(path) in body must be of type \(expected): \"\(found)\"")
  }
}

extension JSONValue {
  /// The OpenAPI name of this value's type.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
