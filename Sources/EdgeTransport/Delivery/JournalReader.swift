/// Bytes in a journal that are no record.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  public let message: String

  init(_ message: String) { self.message = message }

  public var description: String { "unreadable journal record: \(message)" }
}

/// Reads the fields of a record; every read beyond the end throws.
struct JournalReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func byte() throws(JournalError) -> UInt8 {
    guard position < bytes.count else { throw JournalError("it ends too early") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func number() throws(JournalError) -> UInt64 { try integer(8) }

  /// How many fields follow: never more than there are bytes.
  mutating func count() throws(JournalError) -> Int {
    let count = Int(try integer(4))
    guard count <= bytes.count - position else { throw JournalError("it ends too early") }
    return count
  }

  mutating func shortNumber() throws(JournalError) -> UInt32 { UInt32(truncatingIfNeeded: try integer(4)) }

  private mutating func integer(_ width: Int) throws(JournalError) -> UInt64 {
    guard bytes.count - position >= width else { throw JournalError("it ends too early") }
    defer { position += width }
    return bytes[position..<position + width].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Text behind its length in four bytes.
  mutating func text() throws(JournalError) -> String {
    let count = Int(try integer(4))
    guard count <= bytes.count - position else { throw JournalError("it ends too early") }
    defer { position += count }
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw JournalError("text that is not UTF-8")
    }
    return text
  }

  /// Bytes behind their length in four bytes.
  mutating func framed() throws(JournalError) -> [UInt8] {
    let count = Int(try integer(4))
    guard count <= bytes.count - position else { throw JournalError("it ends too early") }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func rest() -> [UInt8] {
    defer { position = bytes.count }
    return Array(bytes[position...])
  }
}

extension [UInt8] {
  mutating func append(bigEndian number: some FixedWidthInteger) {
    for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  mutating func append(text: String) {
    append(bigEndian: UInt32(truncatingIfNeeded: text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
