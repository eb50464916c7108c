#if Networking
/// What the JSON gateway knows of one message of etcd's API: the names, numbers and types of its fields. Messages are turned
/// from JSON into protobuf and back by these tables, so that the gateway needs no code of its own for each of them.
final class GatewayMessage: Sendable {
  indirect enum FieldType: Sendable {
    case bytes
    case string
    case bool
    case int64
    case uint64
    case int32
    case uint32
    /// Names in the order of their numbers, from 0.
    case enumeration([String])
    /// Made when it is needed: transactions hold transactions.
    case message(@Sendable () -> GatewayMessage)
  }

  struct Field: Sendable {
    let number: Int
    /// As etcd's definitions have it; what is written. Requests may have it in lower camel case, too.
    let name: String
    let type: FieldType
    var isRepeated = false
    /// Of which one may be set.
    var oneof: String?
  }

  let fields: [Field]
  private let places: [String: Int]
  private let numbers: [Int: Int]

  init(_ fields: [Field]) {
    self.fields = fields
    var places: [String: Int] = [:]
    var numbers: [Int: Int] = [:]
    for (place, field) in fields.enumerated() {
      places[field.name] = place
      places[Self.lowerCamelCase(field.name)] = place
      numbers[field.number] = place
    }
    self.places = places
    self.numbers = numbers
  }

  func field(named name: String) -> Field? { places[name].map { fields[$0] } }

  func field(numbered number: Int) -> Field? { numbers[number].map { fields[$0] } }

  static func lowerCamelCase(_ name: String) -> String {
    var result = ""
    var isStart = false
    for character in name {
      if character == "_" {
        isStart = true
      } else {
        result += isStart ? character.uppercased() : String(character)
        isStart = false
      }
    }
    return result
  }
}

extension GatewayMessage.Field {
  init(_ number: Int, _ name: String, _ type: GatewayMessage.FieldType, oneof: String? = nil) {
    self.init(number: number, name: name, type: type, oneof: oneof)
  }

  static func list(_ number: Int, _ name: String, _ type: GatewayMessage.FieldType) -> Self {
    Self(number: number, name: name, type: type, isRepeated: true)
  }
}

extension GatewayMessage.Field {
  /// etcd's gateway has one kind in camel case there.
  var nameInErrors: String {
    if case .enumeration = type { GatewayMessage.lowerCamelCase(name) } else { name }
  }
}

extension GatewayMessage.FieldType {
  /// What error messages call it.
  var name: String {
    switch self {
    case .bytes: "bytes"
    case .string: "string"
    case .bool: "bool"
    case .int64: "int64"
    case .uint64: "uint64"
    case .int32: "int32"
    case .uint32: "uint32"
    case .enumeration: "enum"
    case .message: "message"
    }
  }
}
#endif
