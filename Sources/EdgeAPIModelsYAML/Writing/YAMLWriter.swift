import EdgeJSON

extension KubernetesYAML {
  /// Writes a value in block style, as kubectl prints objects: two spaces a level, lists as far left as their key, texts
  /// of several lines as blocks. Members keep their order. The text ends with a line feed and reads back as the same value.
  public static func encode(_ value: JSONValue) -> String {
    var writer = YAMLWriter()
    writer.writeRoot(value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

/// Appends YAML to a byte array. What it writes, go-yaml, libyaml and readers of YAML 1.2 read back alike.
struct YAMLWriter {
  private(set) var bytes: [UInt8] = []

  mutating func writeRoot(_ value: JSONValue) {
    switch value {
    case .object(let object) where !object.isEmpty: members(of: object, indentation: 0, isInline: false)
    case .array(let elements) where !elements.isEmpty: list(elements, indentation: 0, isInline: false)
    default: scalar(value, indentation: 0)
    }
  }

  /// - Parameter isInline: the first member stands behind a dash on the same line.
  private mutating func members(of object: JSONObject, indentation: Int, isInline: Bool) {
    var isInline = isInline
    for (key, value) in object {
      if !isInline { indent(indentation) }
      isInline = false
      writeKey(key, indentation: indentation)
      switch value {
      case .object(let members) where !members.isEmpty:
        bytes.append(0x0A)
        self.members(of: members, indentation: indentation + 2, isInline: false)
      case .array(let elements) where !elements.isEmpty:
        bytes.append(0x0A)
        list(elements, indentation: indentation, isInline: false)
      default:
        bytes.append(0x20)
        scalar(value, indentation: indentation + 2)
      }
    }
  }

  private mutating func list(_ elements: [JSONValue], indentation: Int, isInline: Bool) {
    var isInline = isInline
    for element in elements {
      if !isInline { indent(indentation) }
      isInline = false
      raw("- ")
      switch element {
      case .object(let members) where !members.isEmpty:
        self.members(of: members, indentation: indentation + 2, isInline: true)
      case .array(let elements) where !elements.isEmpty: list(elements, indentation: indentation + 2, isInline: true)
      default: scalar(element, indentation: indentation + 2)
      }
    }
  }

  private mutating func writeKey(_ key: String, indentation: Int) {
    let start = bytes.count
    var key = key
    key.withUTF8 { text in
      if YAMLTextStyle(text) == .plain { bytes.append(contentsOf: text) } else { quoted(text) }
    }
    // No reader looks further than 1024 characters for the colon of a key without a question mark.
    if bytes.count - start > ManifestScanner.maximumKeyBytes {
      bytes.insert(contentsOf: "? ".utf8, at: start)
      bytes.append(0x0A)
      indent(indentation)
    }
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func indent(_ count: Int) { bytes.append(contentsOf: repeatElement(0x20, count: count)) }

  private mutating func raw(_ text: StaticString) { JSONWriter.append(raw: text, to: &bytes) }

  /// A value on the rest of the line, and the line feed behind it.
  private mutating func scalar(_ value: JSONValue, indentation: Int) {
    switch value {
    case .null: raw("null")
    case .bool(true): raw("true")
    case .bool(false): raw("false")
    case .integer(let integer): JSONWriter.append(integer: integer, to: &bytes)
    case .number(let number):
      // A number that no double holds is a text in YAML unless it is tagged.
      if YAMLNumber.value(number.literal) == nil { raw("!!float ") }
      bytes.append(contentsOf: number.literal.utf8)
    case .string(var string): string.withUTF8 { text($0, indentation: indentation) }
    case .array: raw("[]")
    case .object: raw("{}")
    }
    bytes.append(0x0A)
  }

  private mutating func text(_ text: UnsafeBufferPointer<UInt8>, indentation: Int) {
    switch YAMLTextStyle(text) {
    case .plain: bytes.append(contentsOf: text)
    case .quoted: quoted(text)
    case .block: block(text, indentation: max(indentation, 2))
    }
  }

  /// Lines behind a sign that says what happens to the last line feed. The line feed behind the last line is the caller's.
  private mutating func block(_ text: UnsafeBufferPointer<UInt8>, indentation: Int) {
    let lineFeeds = text.reversed().prefix { $0 == 0x0A }.count
    raw(lineFeeds == 0 ? "|-" : lineFeeds == 1 ? "|" : "|+")
    var start = 0
    let end = lineFeeds == 0 ? text.count : text.count - 1
    while start <= end {
      bytes.append(0x0A)
      let lineEnd = min(LineEnds.first(in: text, from: start), end)
      if lineEnd > start {
        indent(indentation)
        // Sound: both ends are inside the text.
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<lineEnd]))
      }
      start = lineEnd + 1
    }
  }

  private mutating func quoted(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    var place = 0
    while true {
      let run = place
      while place < text.count, Self.standsForItself(text[place]) { place += 1 }
      // Sound: both ends are inside the text.
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[run..<place]))
      if place == text.count { break }
      let byte = text[place]
      switch byte {
      case UInt8(ascii: "\""): raw("\\\"")
      case UInt8(ascii: "\\"): raw("\\\\")
      case 0x0A: raw("\\n")
      case 0x09: raw("\\t")
      case 0x0D: raw("\\r")
      case ..<0x80: escape(UInt32(byte))
      default:
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        if YAMLTextStyle.isPrintable(text, at: place) {
          bytes.append(contentsOf: text[place..<min(place + length, text.count)])
        } else {
          escape(scalar(text[place..<min(place + length, text.count)]))
        }
        place += length - 1
      }
      place += 1
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func standsForItself(_ byte: UInt8) -> Bool {
    0x20...0x7E ~= byte && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private func scalar(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32 {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.first?.value ?? 0xFFFD
  }

  private mutating func escape(_ value: UInt32) {
    let digits = String(value, radix: 16)
    func append(_ sign: StaticString, width: Int) {
      raw(sign)
      bytes.append(contentsOf: repeatElement(0x30, count: width - digits.utf8.count))
      bytes.append(contentsOf: digits.utf8)
    }
    if value < 0x100 { append("\\x", width: 2) } else { append("\\u", width: 4) }
  }
}
