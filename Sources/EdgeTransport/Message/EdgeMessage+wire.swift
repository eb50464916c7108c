import EdgeJSON

extension EdgeMessage {
  /// Reads a message as KubeEdge puts it on a WebSocket: one JSON object, white space around it allowed.
  ///
  /// The content is checked (valid JSON, depth, UTF-8) and kept as the bytes it came in. Unknown members are dropped,
  /// absent ones read as empty, both as Go does.
  public init(decoding bytes: [UInt8], limits: MessageLimits = .default) throws(MessageError) {
    let layout = try MessageLayout(of: bytes, limits: limits, reading: .validated)
    header = layout.header(in: bytes)
    route = layout.route(in: bytes)
    content = layout.content.isEmpty ? .null : MessageContent(json: Array(bytes[layout.content]))
  }

  /// The bytes that Go's encoder writes for this message, the line feed at the end included.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.bytes.count + 448)
    encode(into: &bytes)
    return bytes
  }

  /// Appends what ``encoded()`` returns.
  public func encode(into bytes: inout [UInt8]) {
    JSONWriter.append(raw: "{\"header\":{\"msg_id\":", to: &bytes)
    JSONWriter.append(string: header.id, escaping: .go, to: &bytes)
    if !header.parentID.isEmpty {
      JSONWriter.append(raw: ",\"parent_msg_id\":", to: &bytes)
      JSONWriter.append(string: header.parentID, escaping: .go, to: &bytes)
    }
    JSONWriter.append(raw: ",\"timestamp\":", to: &bytes)
    JSONWriter.append(integer: header.timestampMilliseconds, to: &bytes)
    if !header.resourceVersion.isEmpty {
      JSONWriter.append(raw: ",\"resourceversion\":", to: &bytes)
      JSONWriter.append(string: header.resourceVersion, escaping: .go, to: &bytes)
    }
    if header.sync { JSONWriter.append(raw: ",\"sync\":true", to: &bytes) }
    if !header.type.isEmpty {
      JSONWriter.append(raw: ",\"type\":", to: &bytes)
      JSONWriter.append(string: header.type, escaping: .go, to: &bytes)
    }
    JSONWriter.append(raw: "},\"route\":{", to: &bytes)
    var isFirst = true
    func member(_ prefix: StaticString, _ text: String, _ bytes: inout [UInt8]) {
      if text.isEmpty { return }
      if !isFirst { bytes.append(JSONByte.comma) }
      isFirst = false
      JSONWriter.append(raw: prefix, to: &bytes)
      JSONWriter.append(string: text, escaping: .go, to: &bytes)
    }
    member("\"source\":", route.source, &bytes)
    member("\"destination\":", route.destination, &bytes)
    member("\"group\":", route.group, &bytes)
    member("\"operation\":", route.operation.rawValue, &bytes)
    member("\"resource\":", route.resource, &bytes)
    JSONWriter.append(raw: "},\"content\":", to: &bytes)
    bytes.append(contentsOf: content.bytes)
    JSONWriter.append(raw: "}\n", to: &bytes)
  }
}
