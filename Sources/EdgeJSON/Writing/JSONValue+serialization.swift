extension JSONValue {
  /// The JSON text of this value. In ``JSONStyle/pretty`` no line feed follows the last line.
  public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
    var bytes: [UInt8] = []
    write(style: style, level: 0, to: &bytes)
    return bytes
  }

  /// The compact text.
  public var text: String { String(decoding: serialized(), as: UTF8.self) }

  func write(style: JSONStyle, level: Int, to bytes: inout [UInt8]) {
    switch self {
    case .null: JSONWriter.append(raw: "null", to: &bytes)
    case .bool(true): JSONWriter.append(raw: "true", to: &bytes)
    case .bool(false): JSONWriter.append(raw: "false", to: &bytes)
    case .integer(let value): JSONWriter.append(integer: value, to: &bytes)
    case .number(let value): bytes.append(contentsOf: value.literal.utf8)
    case .string(let value): JSONWriter.append(string: value, escaping: style.escaping, to: &bytes)
    case .array(let elements):
      bytes.append(JSONByte.openBracket)
      for (place, element) in elements.enumerated() {
        if place > 0 { bytes.append(JSONByte.comma) }
        breakLine(style, level + 1, &bytes)
        element.write(style: style, level: level + 1, to: &bytes)
      }
      if !elements.isEmpty { breakLine(style, level, &bytes) }
      bytes.append(JSONByte.closeBracket)
    case .object(let object): object.write(style: style, level: level, to: &bytes)
    }
  }
}

extension JSONObject {
  /// The JSON text of this object.
  public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
    var bytes: [UInt8] = []
    write(style: style, level: 0, to: &bytes)
    return bytes
  }

  fileprivate func write(style: JSONStyle, level: Int, to bytes: inout [UInt8]) {
    bytes.append(JSONByte.openBrace)
    var isFirst = true
    func write(_ key: String, _ value: JSONValue, _ bytes: inout [UInt8]) {
      if !isFirst { bytes.append(JSONByte.comma) }
      isFirst = false
      breakLine(style, level + 1, &bytes)
      JSONWriter.append(string: key, escaping: style.escaping, to: &bytes)
      bytes.append(JSONByte.colon)
      if style.indentation != nil { bytes.append(0x20) }
      value.write(style: style, level: level + 1, to: &bytes)
    }
    switch style.keyOrder {
    case .insertion: for (key, value) in self { write(key, value, &bytes) }
    case .sorted:
      let members = sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (key, value) in members { write(key, value, &bytes) }
    }
    if !isFirst { breakLine(style, level, &bytes) }
    bytes.append(JSONByte.closeBrace)
  }
}

private func breakLine(_ style: JSONStyle, _ level: Int, _ bytes: inout [UInt8]) {
  guard let indentation = style.indentation else { return }
  bytes.append(0x0A)
  bytes.append(contentsOf: repeatElement(0x20, count: indentation * level))
}
