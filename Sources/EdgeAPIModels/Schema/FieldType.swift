/// The type of a member as Kubernetes' Go types give it.
///
/// String newtypes (`PodPhase`) are strings. The named scalars have one form in JSON and another in protobuf.
public indirect enum FieldType: Hashable, Sendable {
  case string
  case bool
  case int32
  case int64
  case uint32
  case double
  /// Base64 in JSON.
  case bytes
  case quantity
  case time
  case microTime
  case duration
  case intOrString
  /// `runtime.RawExtension`: any object in JSON, its bytes in protobuf.
  case raw
  /// `apiextensions JSON`: any value in JSON, its text in protobuf.
  case json
  /// `metav1.FieldsV1`: a set of field paths, an object in JSON and its text in protobuf.
  case fieldsV1
  /// A list of strings that is a message of its own in protobuf (`metav1.Verbs`).
  case strings
  /// A type by its name, `core/v1.PodSpec`.
  case object(String)
  case list(FieldType)
  /// A map whose keys are strings.
  case map(FieldType)

  /// The type at the bottom of lists and maps.
  public var element: FieldType {
    switch self {
    case .list(let type), .map(let type): type.element
    default: self
    }
  }

  /// The name of the object type at the bottom, if there is one.
  public var objectName: String? { if case .object(let name) = element { name } else { nil } }
}

extension FieldType {
  private static let words: [String: FieldType] = [
    "string": .string, "bool": .bool, "int32": .int32, "int64": .int64, "uint32": .uint32, "double": .double,
    "bytes": .bytes, "Quantity": .quantity, "Time": .time, "MicroTime": .microTime, "Duration": .duration,
    "IntOrString": .intOrString, "Raw": .raw, "JSON": .json, "FieldsV1": .fieldsV1, "Strings": .strings,
  ]

  /// Reads `*[Container]`, `{Quantity}`, `meta/v1.ObjectMeta`.
  ///
  /// - Parameter package: the package that names without one belong to.
  /// - Returns: the type, and whether it stands behind a pointer; nil for a text that is no type.
  static func parse(_ text: Substring, in package: String) -> (type: FieldType, isPointer: Bool)? {
    let bytes = text.utf8
    guard let first = bytes.first, let last = bytes.last else { return nil }
    switch (first, last) {
    case (UInt8(ascii: "*"), _): return parse(Substring(bytes.dropFirst()), in: package).map { ($0.type, true) }
    case (UInt8(ascii: "["), UInt8(ascii: "]")):
      return parse(Substring(bytes.dropFirst().dropLast()), in: package).map { (.list($0.type), false) }
    case (UInt8(ascii: "{"), UInt8(ascii: "}")):
      return parse(Substring(bytes.dropFirst().dropLast()), in: package).map { (.map($0.type), false) }
    default:
      guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else { return nil }
      let word = String(text)
      if let scalar = words[word] { return (scalar, false) }
      return (.object(bytes.contains(UInt8(ascii: ".")) ? word : "\(package).\(word)"), false)
    }
  }
}
