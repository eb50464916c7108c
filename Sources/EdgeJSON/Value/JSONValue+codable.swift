/// Values go through any coder. Integers of 64 bits stay exact; other numbers pass as doubles, because coders know nothing
/// larger.
extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    if let members = try? decoder.container(keyedBy: MemberKey.self) {
      var object = JSONObject()
      for key in members.allKeys { object[key.stringValue] = try members.decode(JSONValue.self, forKey: key) }
      self = .object(object)
      return
    }
    if var elements = try? decoder.unkeyedContainer() {
      var array: [JSONValue] = []
      while !elements.isAtEnd { array.append(try elements.decode(JSONValue.self)) }
      self = .array(array)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let integer = try? value.decode(UInt64.self) {
      self = .number(JSONNumber(checkedLiteral: String(integer)))
    } else if let number = try? value.decode(Double.self), let literal = JSONNumber(number) {
      self = .number(literal)
    } else {
      self = .string(try value.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object):
      var members = encoder.container(keyedBy: MemberKey.self)
      for (key, value) in object { try members.encode(value, forKey: MemberKey(stringValue: key)) }
    case .array(let array):
      var elements = encoder.unkeyedContainer()
      for value in array { try elements.encode(value) }
    default:
      var value = encoder.singleValueContainer()
      try encode(scalarTo: &value)
    }
  }

  private func encode(scalarTo container: inout any SingleValueEncodingContainer) throws {
    switch self {
    case .bool(let flag): try container.encode(flag)
    case .integer(let integer): try container.encode(integer)
    case .number(let number):
      if let integer = UInt64(number.literal) {
        try container.encode(integer)
      } else if let value = number.doubleValue {
        try container.encode(value)
      } else {
        throw EncodingError.invalidValue(
          number, .init(codingPath: container.codingPath, debugDescription: "\(number) is beyond a double"))
      }
    case .string(let text): try container.encode(text)
    default: try container.encodeNil()
    }
  }
}

private struct MemberKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}
