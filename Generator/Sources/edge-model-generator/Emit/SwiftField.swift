import EdgeAPIModels

/// How one member of a type is written in Swift.
struct SwiftField {
  let member: TypedModel.Member
  let identifier: String
  /// Without the question mark.
  let type: String
  let isOptional: Bool
  let isBoxed: Bool

  /// - Parameter isMetadataOfKind: an object always has metadata, as in Go.
  init(_ member: TypedModel.Member, model: TypedModel, isMetadataOfKind: Bool) throws {
    self.member = member
    let field = member.field
    identifier = Self.identifier(field.name)
    type = try Self.type(field.type, model: model)
    isOptional = !isMetadataOfKind && (field.omitsEmpty || field.isPointer || !Self.isScalar(field.type))
    isBoxed = !isMetadataOfKind && model.isBoxed(field)
  }

  var declaration: String {
    "\(isBoxed ? "@Boxed " : "")public var \(identifier): \(type)\(isOptional ? "?" : " = \(defaultValue)")"
  }

  var parameter: String {
    "\(identifier): \(type)\(isOptional ? "? = nil" : " = \(defaultValue)")"
  }

  /// What Go writes for a value that is not set: nothing, the zero value or null.
  var writeCall: String {
    let field = member.field
    let number = member.protobufPath?.last ?? 0
    let method: String
    if !isOptional {
      method = "write"
    } else if isWrittenWhenAbsent {
      method = field.omitsEmpty || field.isPointer ? "writeValue" : "writeRequired"
    } else {
      method = field.omitsEmpty || field.isPointer ? "write" : "writeNullable"
    }
    return "writer.\(method)(\(number), \"\(field.name)\", \(identifier))"
  }

  /// Protobuf has the zero value of a field that is no pointer where JSON has nothing.
  var readCall: String {
    let isZeroAbsence: Bool
    switch member.field.type {
    case .quantity, .intOrString, .object: isZeroAbsence = false
    default: isZeroAbsence = isOptional && isWrittenWhenAbsent
    }
    return "reader.\(isZeroAbsence ? "readValue" : "read")(&\(identifier))"
  }

  private var isWrittenWhenAbsent: Bool {
    if member.field.isPointer { return false }
    switch member.field.type {
    case .list, .map, .bytes, .strings: return false
    default: return true
    }
  }

  private var defaultValue: String {
    switch member.field.type {
    case .string: "\"\""
    case .bool: "false"
    case .int32, .int64, .uint32, .double: "0"
    case .quantity: "Quantity()"
    case .intOrString: "IntOrString()"
    default: "\(type)()"
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
    case .strings: "StringList"
    case .object(let name): try model.swiftName(of: name)
    case .list(let element): "[\(try Self.type(element, model: model))]"
    case .map(.list(.string)): "[String: StringList]"
    case .map(let element): "[String: \(try Self.type(element, model: model))]"
    }
  }

  private static let reserved: Set<String> = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "init", "inout",
    "internal", "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static",
    "struct", "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do", "else",
    "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "as", "false",
    "is", "nil", "self", "super", "throws", "true", "try", "Any", "Self",
  ]

  /// `x-kubernetes-list-type` -> `xKubernetesListType`, `$ref` -> `ref`, `default` -> `` `default` ``.
  static func identifier(_ name: String) -> String {
    let words = name.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    var text = words.first.map(String.init) ?? "_"
    for word in words.dropFirst() { text += word.prefix(1).uppercased() + word.dropFirst() }
    if let first = text.first, first.isNumber { text = "_" + text }
    return reserved.contains(text) ? "`\(text)`" : text
  }
}
