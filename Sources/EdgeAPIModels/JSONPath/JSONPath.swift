import EdgeJSON

/// A JSONPath template as `kubectl -o jsonpath` has it: text with expressions in braces.
///
/// ```swift
/// let path = try JSONPath(parsing: #"{range .items[*]}{.metadata.name}{"\t"}{.status.phase}{"\n"}{end}"#)
/// print(try path.text(in: pods))
/// ```
///
/// Expressions: `.field`, `['field']`, `\.` for a dot in a name, `..field` at any depth, `[*]`, `.*`, `[2]`, `[-1]`,
/// `[start:end:step]`, unions `[0,2]` and `['a','b']`, filters `[?(@.x=="y")]` with `== != < <= > >=` or just `[?(@.x)]`,
/// `{range …}…{end}`, quoted text. As in kubectl, `$` and `@` are both the current value and may be left out, a dot inside
/// `['a.b']` separates two names unless it is escaped, and an index outside its array is an error.
///
/// Where it differs from `k8s.io/client-go/util/jsonpath`: objects are walked in the order of their members (Go's maps
/// have none); integers compare with fractions; an empty array does not end the walk through those beside it; a range
/// over nothing prints nothing and a range without `{end}` is refused; strings have no elements.
///
/// Parsing takes time linear in the template, and evaluation is bounded by ``Limits``.
public struct JSONPath: Hashable, Sendable, CustomStringConvertible {
  /// What a field does that no value has.
  public enum MissingKeys: Hashable, Sendable {
    /// It gives no result, as by default in kubectl.
    case ignored
    /// An error with code `missingKey`.
    case refused
  }

  /// What one evaluation may cost.
  public struct Limits: Hashable, Sendable {
    /// Values that all steps together look at.
    public var maximumValues: Int
    /// Of the printed text.
    public var maximumTextBytes: Int

    public init(maximumValues: Int = 2_000_000, maximumTextBytes: Int = 32 << 20) {
      self.maximumValues = maximumValues
      self.maximumTextBytes = maximumTextBytes
    }
  }

  /// The template.
  public let description: String
  public var missingKeys: MissingKeys
  public var limits: Limits
  let blocks: [JSONPathBlock]

  /// - Throws: `syntax`, `limitExceeded` (more than 64 KiB, or ranges nested deeper than 16).
  public init(
    parsing template: String, missingKeys: MissingKeys = .ignored, limits: Limits = Limits()
  ) throws(JSONPathError) {
    var parser = try JSONPathParser(template)
    blocks = try parser.template()
    description = template
    self.missingKeys = missingKeys
    self.limits = limits
  }

  /// Reads one expression, with or without braces and the first dot, as `kubectl -o custom-columns` and the printer
  /// columns of custom resources have it: `.status.phase`, `status.phase`, `{.status.phase}`.
  /// - Throws: `syntax`, also when there is anything else.
  public init(
    relaxed expression: String, missingKeys: MissingKeys = .ignored, limits: Limits = Limits()
  ) throws(JSONPathError) {
    var inner = Substring(expression)
    if inner.hasPrefix("{"), inner.hasSuffix("}"), inner.utf8.count > 1 { inner = inner.dropFirst().dropLast() }
    if inner.hasPrefix(".") { inner.removeFirst() }
    guard !inner.isEmpty, !inner.utf8.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) else {
      throw JSONPathError(.syntax, "not of the form name1.name2, .name1.name2, {name1.name2} or {.name1.name2}")
    }
    try self.init(parsing: "{.\(inner)}", missingKeys: missingKeys, limits: limits)
  }

  /// The results of all parts of the template, one after the other; text counts as a string.
  /// - Throws: all codes but `syntax`.
  public func results(in value: JSONValue) throws(JSONPathError) -> [JSONValue] {
    try evaluated(value).flatMap(\.self)
  }

  /// The template filled in. Results of one expression are separated by a blank; strings are printed bare, objects and
  /// arrays as JSON with sorted keys.
  /// - Throws: all codes but `syntax`.
  public func text(in value: JSONValue) throws(JSONPathError) -> String {
    var bytes: [UInt8] = []
    for results in try evaluated(value) {
      for (index, result) in results.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: " ")) }
        switch result {
        case .string(let text): bytes.append(contentsOf: text.utf8)
        case .number: bytes.append(contentsOf: result.goText.utf8)
        default: JSONWriter.append(value: result, style: JSONStyle(keyOrder: .sorted, escaping: .go), to: &bytes)
        }
        if bytes.count > limits.maximumTextBytes {
          throw JSONPathError(.limitExceeded, "more than \(limits.maximumTextBytes) bytes of text")
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func evaluated(_ value: JSONValue) throws(JSONPathError) -> [[JSONValue]] {
    var evaluation = JSONPathEvaluation(missingKeys: missingKeys, limits: limits)
    try evaluation.run(blocks, on: value)
    return evaluation.results
  }
}
