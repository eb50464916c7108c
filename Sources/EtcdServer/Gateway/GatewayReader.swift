#if Networking
import EdgeGRPC
import EdgeJSON

/// Turns requests from JSON into protobuf. Fields that are not known are passed over, as etcd's gateway does; what cannot be a
/// field's value is refused with its place.
///
/// It writes as it reads: time and memory follow the length of the text, and its depth is bounded.
struct GatewayReader {
  private var scanner: JSONScanner
  private var output: [UInt8] = []
  /// Where the value at hand begins: places are told from there.
  private var start = 0

  /// A transaction of 128 nested ones takes 257 messages, and a list around each.
  private static let limits = JSONLimits(maximumDepth: 600, maximumBytes: .max, duplicateKeys: .lastWins)

  init(_ text: [UInt8]) { scanner = JSONScanner(text, limits: Self.limits) }

  /// The next request in the text; nil at its end.
  ///
  /// - Throws: a status with INVALID_ARGUMENT.
  mutating func next(_ message: GatewayMessage) throws(GRPCStatus) -> [UInt8]? {
    guard scanner.peek() != nil else { return nil }
    start = scanner.position
    output = []
    do throws(JSONError) {
      // A text that is not JSON is no request, however well it begins.
      var ahead = scanner
      try ahead.skipValue()
    } catch {
      throw Self.invalid(error.code == .unexpectedEnd ? "unexpected EOF" : error.message)
    }
    do {
      try read(message)
    } catch let status as GRPCStatus {
      throw status
    } catch {
      throw Self.invalid("\(error)")
    }
    return output
  }

  private static func invalid(_ message: String) -> GRPCStatus { GRPCStatus(.invalidArgument, message) }

  // MARK: - Messages

  private mutating func read(_ message: GatewayMessage) throws {
    guard scanner.peek() == UInt8(ascii: "{") else { throw try unexpectedToken() }
    _ = scanner.consume(UInt8(ascii: "{"))
    if scanner.consume(UInt8(ascii: "}")) { return }
    var seen: Set<Int> = []
    var oneofs: Set<String> = []
    repeat {
      _ = scanner.peek()
      let place = scanner.position
      let name = try scanner.readString()
      try scanner.expect(UInt8(ascii: ":"))
      guard let field = message.field(named: name) else {
        try scanner.skipValue()
        continue
      }
      guard seen.insert(field.number).inserted else {
        throw Self.invalid("proto: \(self.place(place)): duplicate field \"\(name)\"")
      }
      if try scanner.consumeNull() { continue }
      if let oneof = field.oneof, !oneofs.insert(oneof).inserted {
        throw Self.invalid("proto: \(self.place(place)): error parsing \"\(name)\", oneof \(oneof) is already set")
      }
      if field.isRepeated { try readList(field) } else { try readValue(field) }
    } while scanner.consume(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "}"))
  }

  private mutating func readList(_ field: GatewayMessage.Field) throws {
    guard scanner.peek() == UInt8(ascii: "[") else { throw try unexpectedToken() }
    _ = scanner.consume(UInt8(ascii: "["))
    if scanner.consume(UInt8(ascii: "]")) { return }
    repeat { try readValue(field) } while scanner.consume(UInt8(ascii: ","))
    try scanner.expect(UInt8(ascii: "]"))
  }

  /// Writes the value with its tag.
  private mutating func readValue(_ field: GatewayMessage.Field) throws {
    _ = scanner.peek()
    let begin = scanner
    switch field.type {
    case .message(let message):
      tag(field.number, isDelimited: true)
      try delimited { try $0.read(message()) }
    case .bytes:
      let body = try string(field)
      tag(field.number, isDelimited: true)
      // Emptied of escapes first; there are none that Base64 needs.
      let text =
        body.hasEscapes ? Array(scanner.string(in: body.range, hasEscapes: true).utf8)[...] : scanner.bytes[body.range]
      var isValid = true
      try delimited { isValid = LenientBase64.decode(text, to: &$0.output) }
      if !isValid { throw try invalidValue(field, from: begin) }
    case .string:
      let body = try string(field)
      tag(field.number, isDelimited: true)
      let text = scanner.string(in: body.range, hasEscapes: body.hasEscapes)
      varint(UInt64(text.utf8.count))
      output.append(contentsOf: text.utf8)
    case .bool:
      switch scanner.peek() {
      case UInt8(ascii: "t"), UInt8(ascii: "f"): put(field.number, try scanner.readBool() ? 1 : 0)
      default: throw try invalidValue(field, from: begin)
      }
    case .int64: put(field.number, UInt64(bitPattern: try number(field, Int64.self)))
    case .uint64: put(field.number, try number(field, UInt64.self))
    case .int32: put(field.number, UInt64(bitPattern: Int64(try number(field, Int32.self))))
    case .uint32: put(field.number, UInt64(try number(field, UInt32.self)))
    case .enumeration(let names):
      if scanner.peek() == UInt8(ascii: "\"") {
        let name = try scanner.readString()
        // A name that is not known is as good as none.
        if let value = names.firstIndex(of: name) { put(field.number, UInt64(value)) }
      } else {
        put(field.number, UInt64(bitPattern: Int64(try number(field, Int32.self))))
      }
    }
  }

  private mutating func string(
    _ field: GatewayMessage.Field
  ) throws -> (range: Range<Int>, hasEscapes: Bool) {
    guard scanner.peek() == UInt8(ascii: "\"") else { throw try invalidValue(field, from: scanner) }
    let (body, hasEscapes) = try scanner.scanString()
    return (body, hasEscapes)
  }

  /// A number, or a string that holds one, as numbers of 64 bits are written.
  private mutating func number<Value: FixedWidthInteger>(
    _ field: GatewayMessage.Field, _ type: Value.Type
  ) throws -> Value {
    let begin = scanner
    var text: String
    switch scanner.peek() ?? 0 {
    case UInt8(ascii: "\""): text = try scanner.readString()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let literal = try scanner.scanNumber().literal
      text = String(decoding: scanner.bytes[literal], as: UTF8.self)
    default: throw try invalidValue(field, from: begin)
    }
    guard JSONNumber(literal: text) != nil else { throw try invalidValue(field, from: begin) }
    if let value = Value(text) { return value }
    text = try WholeNumber.plain(text) ?? { throw try invalidValue(field, from: begin) }()
    guard let value = Value(text) else { throw try invalidValue(field, from: begin) }
    return value
  }

  // MARK: - Errors

  private mutating func unexpectedToken() throws -> GRPCStatus {
    _ = scanner.peek()
    return Self.invalid(
      "proto: syntax error \(place(scanner.position)): unexpected token \(try token(from: scanner))")
  }

  private mutating func invalidValue(_ field: GatewayMessage.Field, from begin: JSONScanner) throws -> GRPCStatus {
    Self.invalid(
      "proto: \(place(begin.position)): invalid value for \(field.type.name) field \(field.nameInErrors): \(try token(from: begin))"
    )
  }

  private static let shownBytes = 128

  /// What begins at a place: an opening bracket by itself, anything else as it stands, to a certain length.
  private func token(from begin: JSONScanner) throws -> String {
    var begin = begin
    switch begin.bytes[begin.position] {
    case UInt8(ascii: "{"): return "{"
    case UInt8(ascii: "["): return "["
    default:
      let range = try begin.skipValue()
      return String(decoding: begin.bytes[range].prefix(Self.shownBytes), as: UTF8.self)
    }
  }

  private func place(_ position: Int) -> String {
    var (line, column) = (1, 1)
    for byte in scanner.bytes[start..<position] {
      if byte == 0x0a {
        (line, column) = (line + 1, 1)
      } else if byte & 0xc0 != 0x80 {
        column += 1
      }
    }
    return "(line \(line):\(column))"
  }

  // MARK: - Protobuf

  private mutating func put(_ number: Int, _ value: UInt64) {
    tag(number, isDelimited: false)
    varint(value)
  }

  private mutating func tag(_ number: Int, isDelimited: Bool) { varint(UInt64(number) << 3 | (isDelimited ? 2 : 0)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Contents whose length is known afterwards. It gets four bytes, whatever it is, which readers of varints take: contents would
  /// have to be moved otherwise, once for each message around them.
  private mutating func delimited(_ body: (inout GatewayReader) throws -> Void) throws {
    let place = output.count
    output.append(contentsOf: repeatElement(0x80, count: Self.lengthBytes))
    try body(&self)
    var length = output.count - place - Self.lengthBytes
    for index in 0..<Self.lengthBytes {
      output[place + index] = UInt8(length & 0x7f) | (index < Self.lengthBytes - 1 ? 0x80 : 0)
      length >>= 7
    }
  }

  private static let lengthBytes = 4
}

/// Whole numbers that are written with a fraction or an exponent, which JSON of protobuf allows.
enum WholeNumber {
  private static let maximumDigits = 20

  /// - Parameter text: a number as JSON has it.
  /// - Returns: nil for one that is not whole, or far beyond 64 bits.
  static func plain(_ text: String) -> String? {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    guard let mantissa = parts.first else { return nil }
    var exponent = 0
    if parts.count == 2 {
      guard let value = Int(parts[1]), abs(value) <= 1000 else { return nil }
      exponent = value
    }
    let isNegative = mantissa.first == "-"
    let halves = mantissa.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = halves.first else { return nil }
    var digits = String(whole)
    if halves.count == 2 {
      var fraction = halves[1]
      while fraction.last == "0" { fraction.removeLast() }
      digits += fraction
      exponent -= fraction.count
    }
    while exponent < 0 {
      guard digits.count > 1 || digits == "0", digits.last == "0" else { return nil }
      if digits.count > 1 { digits.removeLast() }
      exponent += 1
    }
    digits = String(digits.drop { $0 == "0" })
    if digits.isEmpty { return "0" }
    guard digits.count + exponent <= maximumDigits else { return nil }
    return (isNegative ? "-" : "") + digits + String(repeating: "0", count: exponent)
  }
}
#endif
