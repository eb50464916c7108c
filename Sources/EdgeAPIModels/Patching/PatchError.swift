/// Why a patch cannot be applied or made.
public struct PatchError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The document has a JSON type that this kind of patch is not defined for.
    public static let malformedDocument = Code(rawValue: "malformedDocument")
    /// The patch is not in the form of its kind: a wrong type, an unknown operation or directive, directives that
    /// contradict each other.
    public static let malformedPatch = Code(rawValue: "malformedPatch")
    /// JSON patch: nothing is at the path, or the array has no such index.
    public static let missingPath = Code(rawValue: "missingPath")
    /// JSON patch: a `test` operation found another value.
    public static let testFailed = Code(rawValue: "testFailed")
    /// Strategic merge: an element of a merged list does not have the list's merge key, or not as a scalar.
    public static let missingMergeKey = Code(rawValue: "missingMergeKey")
    /// Strategic merge: elements that cannot be in one merged list: of several types, null, or lists themselves.
    public static let mixedList = Code(rawValue: "mixedList")
    /// Strategic merge: the schema does not have the field, so nothing says how to merge it.
    public static let unknownField = Code(rawValue: "unknownField")
    /// Three-way merge: the live object was changed in another way than the patch changes it.
    public static let conflict = Code(rawValue: "conflict")
    /// More operations, copied bytes or nesting than allowed.
    public static let limitExceeded = Code(rawValue: "limitExceeded")
  }

  public let code: Code
  public let message: String
  /// Where: the JSON pointer of the operation for a JSON patch, the dotted field path (`spec.containers[2].env`, with
  /// indices of the patch's lists) for a merge patch; empty for the whole document.
  public let path: String

  public init(_ code: Code, _ message: String, path: String = "") {
    self.code = code
    self.message = message
    self.path = path
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }

  /// The same error seen from the parent of a field.
  func under(_ field: String) -> PatchError {
    let isNested = !path.isEmpty && !path.hasPrefix("[")
    return PatchError(code, message, path: field + (isNested ? "." : "") + path)
  }

  /// The same error seen from the list of an element.
  func under(index: Int) -> PatchError { under("[\(index)]") }
}
