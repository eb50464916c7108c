/// What is wrong with a manifest, and where: a person reads this beside the file.
public struct ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name as the caller gave it.
  public let source: String
  /// Counted from 1; nil when the fault has no one line.
  public let line: Int?
  /// Characters from the beginning of the line, counted from 1; nil when the fault has no one place in it.
  public let column: Int?
  /// The dotted path of the field, nil when the fault is none of a field.
  public let field: String?
  public let message: String

  public init(source: String, line: Int? = nil, column: Int? = nil, field: String? = nil, message: String) {
    self.source = source
    self.line = line
    self.column = column
    self.field = field
    self.message = message
  }

  /// `FILE:LINE: field: message`
  public var description: String {
    [line.map { "\(source):\($0)" } ?? source, field, message].compactMap { $0 }.joined(separator: ": ")
  }
}
