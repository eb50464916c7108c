/// A stored twin that cannot be read. Nothing of it is used; its owner sets it aside and starts anew.
public struct TwinError: Error, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    public let name: String
    private init(_ name: String) { self.name = name }

    /// Not JSON, or not the JSON that a snapshot is made of.
    public static let damagedSnapshot = Code("damagedSnapshot")
    /// Written by a version of this software that this one does not know.
    public static let unknownFormat = Code("unknownFormat")
  }

  public var code: Code
  public var message: String
  public var cause: (any Error)?

  public init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var description: String { "\(code.name): \(message)" }
}
