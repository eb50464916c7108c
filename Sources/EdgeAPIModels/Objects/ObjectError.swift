/// Why something is not an object of the API.
public struct ObjectError: Error, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The bytes are not what their encoding asks for; of JSON, ``ObjectError/cause`` is the `JSONError`.
    public static let malformed = Code(rawValue: "malformed")
    public static let missingField = Code(rawValue: "missingField")
    /// A field has the wrong JSON type or an impossible value.
    public static let invalidField = Code(rawValue: "invalidField")
    /// `apiVersion` or `kind` is not that of the type which the object was read as.
    public static let unexpectedType = Code(rawValue: "unexpectedType")
    /// The kind or its version is not in the catalogue.
    public static let unknownKind = Code(rawValue: "unknownKind")
    /// There is no conversion between the two versions.
    public static let unsupportedVersion = Code(rawValue: "unsupportedVersion")
  }

  public let code: Code
  /// The dotted path of the field that is wrong; nil when it is the whole object.
  public let field: String?
  public let message: String
  public let cause: (any Error)?

  public init(code: Code, field: String? = nil, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.field = field
    self.message = message
    self.cause = cause
  }

  public var description: String { field.map { "\($0): \(message)" } ?? message }
}
