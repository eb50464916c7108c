import EdgeAPIModels

/// How one member of a type is written in Swift: a property that reads and writes a place of the record.
struct SwiftField {
  let field: FieldSchema
  let identifier: String
  /// Without the question mark.
  let type: String
  let isOptional: Bool
  /// The subscript of `Record` that knows the form of the value.
  private let access: String
  private let index: Int

  /// - Parameters:
  ///   - index: the place of the member in a record.
  ///   - isMetadataOfKind: an object always has metadata, as in Go.
  init(_ field: FieldSchema, index: Int, model: TypedModel, isMetadataOfKind: Bool) throws {
    self.field = field
    self.index = index
    identifier = Self.identifier(field.name)
    type = try Self.type(field.type, model: model)
    access = Self.access(field.type)
    isOptional = !isMetadataOfKind && (field.omitsEmpty || field.isPointer || !Self.isScalar(field.type))
  }

  var declaration: String {
    let place = "record[\(access): \(index)]"
    let getter: String
    let setter: String
    if case .object = field.type {
      getter = isOptional ? "\(place).map { \(type)(record: $0) }" : "\(type)(record: \(place) ?? Record())"
      setter = isOptional ? "newValue?.record" : "newValue.record"
    } else {
      getter = isOptional ? place : "\(place) ?? \(defaultValue)"
      setter = "newValue"
    }
    return """
          public var \(identifier): \(type)\(isOptional ? "?" : "") {
            get { \(getter) }
            set { \(place) = \(setter) }
          }

      """
  }

  var parameter: String { "\(identifier): \(type)\(isOptional ? "? = nil" : " = \(defaultValue)")" }

  private var defaultValue: String {
    switch field.type {
    case .string: "\"\""
    case .bool: "false"
    case .int32, .int64, .uint32, .double: "0"
    case .intOrString: "0"
    default: "\(type)()"
    }
  }

  private static func access(_ type: FieldType) -> String {
    switch type {
    case .string: "string"
    case .bool: "bool"
    case .int32: "int32"
    case .int64: "int64"
    case .uint32: "uint32"
    case .double: "double"
    case .bytes: "bytes"
    case .quantity: "quantity"
    case .time: "time"
    case .microTime: "microTime"
    case .duration: "duration"
    case .intOrString: "intOrString"
    case .raw, .fieldsV1: "raw"
    case .json: "json"
    case .strings, .list(.string): "strings"
    case .object: "record"
    case .list(.object): "parts"
    case .list: "list"
    case .map(.string): "stringMap"
    case .map(.quantity): "quantityMap"
    case .map: "map"
    }
  }

  static func isScalar(_ type: FieldType) -> Bool {
    switch type {
    case .string, .bool, .int32, .int64, .uint32, .double, .quantity, .intOrString: true
    default: false
    }
  }

  static func type(_ type: FieldType, model: TypedModel) throws -> String {
    switch type {
    case .string: "String"
    case .bool: "Bool"
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint32: "UInt32"
    case .double: "Double"
    case .bytes: "[UInt8]"
    case .quantity: "Quantity"
    case .time: "MetaTime"
    case .microTime: "MicroTime"
    case .duration: "GoDuration"
    case .intOrString: "IntOrString"
    case .raw, .fieldsV1: "RawJSON"
    case .json: "JSONValue"
    case .strings: "[String]"
    case .object(let name): try model.swiftName(of: name)
    case .list(let element): "[\(try Self.type(element, model: model))]"
    case .map(let element): "StringMap<\(try Self.type(element, model: model))>"
    }
  }

  private static let reserved: Set<String> = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
    "internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static",
    "struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do", "else",
    "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "as", "false",
    "is", "nil", "self", "super", "throws", "true", "try", "Any", "Self",
  ]

  /// `x-kubernetes-list-type` -> `xKubernetesListType`, `$ref` -> `ref`, `TDEngine` -> `tdEngine`.
  static func identifier(_ name: String) -> String {
    let words = name.split { !$0.isLetter && !$0.isNumber }
    var text = words.first.map { lowered(String($0)) } ?? "_"
    for word in words.dropFirst() { text += word.prefix(1).uppercased() + word.dropFirst() }
    if let first = text.first, first.isNumber { text = "_" + text }
    return reserved.contains(text) ? "`\(text)`" : text
  }

  /// Lowers the capitals at the beginning, but for the one that begins the next word.
  private static func lowered(_ word: String) -> String {
    let capitals = word.prefix { $0.isUppercase }.count
    let count = capitals > 1 && capitals < word.count ? capitals - 1 : capitals
    return word.prefix(count).lowercased() + word.dropFirst(count)
  }
}
