/// A Device or DeviceModel that a mapper cannot work with. It names the field, and nothing has been changed.
public struct DefinitionError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    public let name: String
    private init(_ name: String) { self.name = name }

    /// A field that must be there is not.
    public static let missing = Code("missing")
    /// A field has a value that means nothing here.
    public static let invalid = Code("invalid")
    /// A valid field asks for something that this software does not do.
    public static let unsupported = Code("unsupported")
  }

  public var code: Code
  /// The field's path, for instance `spec.properties[1].visitors.configData.offset`.
  public var field: String
  public var message: String

  public init(code: Code, field: String, message: String) {
    self.code = code
    self.field = field
    self.message = message
  }

  public var description: String { "\(field): \(message)" }
}
