import EdgeJSON

/// JSON patch (RFC 6902): a list of operations on places that JSON pointers name; either all apply or none.
///
/// ```swift
/// let patch = try JSONPatch([["op": "replace", "path": "/spec/replicas", "value": 3]])
/// let scaled = try patch.apply(to: deployment)
/// ```
public struct JSONPatch: Hashable, Sendable {
  /// Whose reading of the RFC counts.
  public enum Rules: Hashable, Sendable {
    /// The answers of Kubernetes' API server (evanphx/json-patch v4). Other than in the RFC
    /// - an index may be negative (`-1` is behind the last element for `add`, the last for the rest), signed or padded
    ///   with zeros; a pointer may lack its first slash, and what is before the first slash then counts for nothing;
    /// - an absent `value` is null, except in `test`;
    /// - members that are missing read as null in `copy` and `test`, and `replace` adds them;
    /// - the whole document can be tested, and replaced by an object or an array (by a scalar: nothing happens), but not
    ///   added, moved or copied to, and it must be an object or an array;
    /// - numbers are equal when they are written alike.
    case kubernetes
    case rfc6902
  }

  /// What a patch may cost. The defaults are those of Kubernetes' API server.
  public struct Limits: Hashable, Sendable {
    public var maximumOperations: Int
    /// Bytes of JSON that all `copy` operations together may add.
    public var maximumCopiedBytes: Int

    public init(maximumOperations: Int = 10_000, maximumCopiedBytes: Int = 3 << 20) {
      self.maximumOperations = maximumOperations
      self.maximumCopiedBytes = maximumCopiedBytes
    }
  }

  public let rules: Rules
  public let limits: Limits
  let operations: [Operation]

  struct Operation: Hashable {
    enum Kind: String {
      case add, remove, replace, move, copy, test
    }

    var kind: Kind
    var path: JSONPointer
    /// Only of `move` and `copy`.
    var from: JSONPointer?
    var value: JSONValue?
  }

  /// - Parameter patch: an array of operations; null counts as an empty one under Kubernetes' rules.
  /// - Throws: `malformedPatch`, `limitExceeded`.
  public init(_ patch: JSONValue, rules: Rules = .kubernetes, limits: Limits = Limits()) throws(PatchError) {
    self.rules = rules
    self.limits = limits
    guard case .array(let elements) = patch else {
      guard patch.isNull, rules == .kubernetes else {
        throw PatchError(.malformedPatch, "a JSON patch is an array of operations")
      }
      operations = []
      return
    }
    if elements.count > limits.maximumOperations {
      throw PatchError(
        .limitExceeded, "\(elements.count) operations, more than the limit of \(limits.maximumOperations)")
    }
    var operations: [Operation] = []
    operations.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      operations.append(try Self.operation(element, at: index, rules))
    }
    self.operations = operations
  }

  /// - Throws: `missingPath`, `testFailed`, `malformedDocument`, `limitExceeded` (too much copied, or nested deeper than
  ///   `JSONLimits.greatestDepth`).
  public func apply(to document: JSONValue) throws(PatchError) -> JSONValue {
    if rules == .kubernetes, document.arrayValue == nil, document.objectValue == nil {
      if document.isNull, operations.isEmpty { return document }
      throw PatchError(.malformedDocument, "the document is neither an object nor an array")
    }
    var run = JSONPatchRun(root: document, rules: rules, limits: limits)
    for (index, operation) in operations.enumerated() {
      do {
        try run.perform(operation)
      } catch {
        throw PatchError(
          error.code, "operation \(index) (\(operation.kind)): \(error.message)", path: operation.path.text)
      }
    }
    return run.root
  }

  private static func operation(_ element: JSONValue, at index: Int, _ rules: Rules) throws(PatchError) -> Operation {
    func malformed(_ message: String) -> PatchError {
      PatchError(.malformedPatch, "operation \(index): \(message)", path: element["path"]?.stringValue ?? "")
    }
    guard let kind = element["op"]?.stringValue.flatMap(Operation.Kind.init) else {
      throw malformed("\"op\" is none of add, remove, replace, move, copy, test")
    }
    func pointer(_ member: String) throws(PatchError) -> JSONPointer {
      guard let text = element[member]?.stringValue else { throw malformed("\"\(member)\" is not a string") }
      guard rules == .kubernetes || JSONPointer.isValid(text) else { throw malformed("\(text) is not a JSON pointer") }
      return JSONPointer(text)
    }
    let value = element["value"]
    var from: JSONPointer?
    switch kind {
    case .move, .copy: from = try pointer("from")
    case .test: if value == nil { throw malformed("no \"value\"") }
    case .add, .replace: if value == nil, rules == .rfc6902 { throw malformed("no \"value\"") }
    case .remove: break
    }
    let operation = Operation(kind: kind, path: try pointer("path"), from: from, value: value)
    if kind == .replace, value == nil, operation.path.isRoot { throw malformed("no \"value\"") }
    return operation
  }
}
