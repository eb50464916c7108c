import EdgeJSON

/// One node of a compiled schema: a value's shape and the checks on it.
///
/// A class, because a node is shared, never changed, and refers to nodes of its own kind.
final class SchemaNode: Sendable {
  enum AdditionalProperties: Sendable {
    case allowed
    case forbidden
    case schema(SchemaNode)
  }

  enum ListType: String, Sendable {
    case atomic, set, map
  }

  struct Bound: Sendable {
    let value: Double
    let isExclusive: Bool
  }

  let type: String?
  let isNullable: Bool
  let format: String?
  let defaultValue: JSONValue?
  let enumeration: [JSONValue]
  let title: String?
  let description: String?

  /// In the order of the schema, which is the order of the errors.
  let properties: [(name: String, node: SchemaNode)]
  /// The places of the properties by name. An object of JSON, because it tells names apart byte by byte, which a
  /// dictionary of strings does not.
  private let propertyPlaces: JSONObject
  let additionalProperties: AdditionalProperties?
  let items: SchemaNode?
  let required: [String]

  let minimum: Bound?
  let maximum: Bound?
  let multipleOf: Double?
  let minimumLength: Int64?
  let maximumLength: Int64?
  let pattern: TextPattern?
  let minimumItems: Int64?
  let maximumItems: Int64?
  let hasUniqueItems: Bool
  let minimumProperties: Int64?
  let maximumProperties: Int64?

  let allOf: [SchemaNode]
  let anyOf: [SchemaNode]
  let oneOf: [SchemaNode]
  let not: SchemaNode?

  let preservesUnknownFields: Bool
  let isEmbeddedResource: Bool
  let isIntOrString: Bool
  let listType: ListType?
  let listMapKeys: [String]
  let mapType: String?
  let hasRules: Bool

  func property(_ name: String) -> SchemaNode? {
    propertyPlaces[name]?.integerValue.map { properties[Int($0)].node }
  }

  /// The schema of a member: its own, or that of all additional ones.
  func member(_ name: String) -> SchemaNode? {
    if let node = property(name) { return node }
    if case .schema(let node)? = additionalProperties { return node }
    return nil
  }

  /// The types that a value may have, in OpenAPI's words; empty when any will do.
  var types: [String] { isIntOrString ? ["integer", "string"] : type.map { [$0] } ?? [] }

  /// Reads a node and everything below it. What cannot be read is reported and left out.
  init(_ field: Field, report: inout FieldReport, depth: Int = 0) {
    let isReadable = depth < Self.maximumDepth && report.isObject(field)
    let field = isReadable ? field : Field(path: field.path, value: [:])
    if depth >= Self.maximumDepth {
      report.add(.invalid(field.path, "", "schemas may not be nested deeper than \(Self.maximumDepth)"))
    }
    Self.refuseUnsupported(field, report: &report)

    let readType = report.string(field["type"]).flatMap { $0.isEmpty ? nil : $0 }
    type = readType
    if let readType, !Self.knownTypes.contains(readType) {
      report.add(.notSupported(field["type"].path, .string(readType), supported: Self.knownTypes))
    }
    isNullable = report.bool(field["nullable"]) ?? false
    isIntOrString = report.bool(field["x-kubernetes-int-or-string"]) ?? false
    let readFormat = report.string(field["format"])
    format = readFormat.flatMap { SchemaFormat.isKnown($0, type: readType) ? $0 : nil }
    // A default of null is no default.
    defaultValue = field["default"].value
    enumeration = field["enum"].isPresent ? (report.items(field["enum"])).map { $0.value ?? .null } : []
    title = report.string(field["title"])
    description = report.string(field["description"])

    var read: [(name: String, node: SchemaNode)] = []
    for (name, value) in report.members(field["properties"]) ?? JSONObject() {
      let path = field["properties"].path.key(name)
      read.append((name, SchemaNode(Field(path: path, value: value), report: &report, depth: depth + 1)))
    }
    properties = read
    propertyPlaces = JSONObject(read.enumerated().map { ($0.element.name, .integer(Int64($0.offset))) })
    additionalProperties = Self.additional(field["additionalProperties"], report: &report, depth: depth)
    items = Self.child(field["items"], report: &report, depth: depth)
    required = report.stringList(field["required"])

    minimum = report.number(field["minimum"]).map {
      Bound(value: $0, isExclusive: field.value?["exclusiveMinimum"]?.boolValue ?? false)
    }
    maximum = report.number(field["maximum"]).map {
      Bound(value: $0, isExclusive: field.value?["exclusiveMaximum"]?.boolValue ?? false)
    }
    multipleOf = report.number(field["multipleOf"])
    minimumLength = report.integer(field["minLength"])
    maximumLength = report.integer(field["maxLength"])
    pattern = Self.pattern(field["pattern"], report: &report)
    minimumItems = report.integer(field["minItems"])
    maximumItems = report.integer(field["maxItems"])
    hasUniqueItems = report.bool(field["uniqueItems"]) ?? false
    minimumProperties = report.integer(field["minProperties"])
    maximumProperties = report.integer(field["maxProperties"])

    allOf = Self.children(field["allOf"], report: &report, depth: depth)
    anyOf = Self.children(field["anyOf"], report: &report, depth: depth)
    oneOf = Self.children(field["oneOf"], report: &report, depth: depth)
    not = Self.child(field["not"], report: &report, depth: depth)

    preservesUnknownFields = Self.preserves(field["x-kubernetes-preserve-unknown-fields"], report: &report)
    isEmbeddedResource = report.bool(field["x-kubernetes-embedded-resource"]) ?? false
    listType = report.choice(field["x-kubernetes-list-type"], ["atomic", "set", "map"]).flatMap(ListType.init)
    listMapKeys = report.stringList(field["x-kubernetes-list-map-keys"])
    mapType = report.choice(field["x-kubernetes-map-type"], ["atomic", "granular"])
    hasRules = field["x-kubernetes-validations"].value?.arrayValue?.isEmpty == false
  }
}
