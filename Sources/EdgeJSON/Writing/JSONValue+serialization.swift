extension JSONValue {
  /// The JSON text of this value. In ``JSONStyle/pretty`` no line feed follows the last line.
  public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
    var sink = ByteSink()
    write(style: style, level: 0, to: &sink)
    return sink.bytes
  }

  /// The compact text.
  public var text: String { String(decoding: serialized(), as: UTF8.self) }

  func write(style: JSONStyle, level: Int, to sink: inout ByteSink) {
    switch self {
    case .null: sink.put("null")
    case .bool(true): sink.put("true")
    case .bool(false): sink.put("false")
    case .integer(let value): sink.put(integer: value)
    case .number(let value): sink.put(text: value.literal)
    case .string(let value): sink.put(jsonString: value, escaping: style.escaping)
    case .array(let elements):
      sink.put(JSONByte.openBracket)
      for (place, element) in elements.enumerated() {
        if place > 0 { sink.put(JSONByte.comma) }
        breakLine(style, level + 1, &sink)
        element.write(style: style, level: level + 1, to: &sink)
      }
      if !elements.isEmpty { breakLine(style, level, &sink) }
      sink.put(JSONByte.closeBracket)
    case .object(let object): object.write(style: style, level: level, to: &sink)
    }
  }
}

extension JSONObject {
  /// The JSON text of this object.
  public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
    var sink = ByteSink()
    write(style: style, level: 0, to: &sink)
    return sink.bytes
  }

  fileprivate func write(style: JSONStyle, level: Int, to sink: inout ByteSink) {
    sink.put(JSONByte.openBrace)
    var isFirst = true
    func write(_ key: String, _ value: JSONValue, _ sink: inout ByteSink) {
      if !isFirst { sink.put(JSONByte.comma) }
      isFirst = false
      breakLine(style, level + 1, &sink)
      sink.put(jsonString: key, escaping: style.escaping)
      sink.put(JSONByte.colon)
      if style.indentation != nil { sink.put(0x20) }
      value.write(style: style, level: level + 1, to: &sink)
    }
    switch style.keyOrder {
    case .insertion: for (key, value) in self { write(key, value, &sink) }
    case .sorted:
      let members = sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (key, value) in members { write(key, value, &sink) }
    }
    if !isFirst { breakLine(style, level, &sink) }
    sink.put(JSONByte.closeBrace)
  }
}

private func breakLine(_ style: JSONStyle, _ level: Int, _ sink: inout ByteSink) {
  guard let indentation = style.indentation else { return }
  sink.put(0x0A)
  for _ in 0..<(indentation * level) { sink.put(0x20) }
}
