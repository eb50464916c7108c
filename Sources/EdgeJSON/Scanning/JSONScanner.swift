/// Reads JSON token by token out of a byte array, without building values that nobody asked for.
///
/// A caller that knows the shape it expects walks it with ``consume(_:)``, ``readString()`` and ``skipValue()``; whatever
/// it skips is still checked in full, so a range that came out of ``skipValue()`` may be sent on as valid JSON. Every
/// reading method first skips white space, and after an error the position is unspecified.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// try scanner.readObject { key, scanner throws(JSONError) in
///   if key == "content" { content = try scanner.skipValue() } else { try scanner.skipValue() }
/// }
/// try scanner.finish()
/// ```
public struct JSONScanner: Sendable {
  public let bytes: [UInt8]
  /// The first byte that belongs to the text; offsets in errors are counted from here.
  public let start: Int
  /// One past the last byte that belongs to the text.
  public let end: Int
  public let limits: JSONLimits
  /// The index in ``bytes`` of the next byte to be read.
  public internal(set) var position: Int
  /// Arrays and objects that are open at ``position``.
  var depth = 0

  /// - Parameter range: the part of `bytes` that holds the text; all of it when nil.
  public init(_ bytes: [UInt8], range: Range<Int>? = nil, limits: JSONLimits = .default) {
    let range = range ?? bytes.indices
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range leaves the buffer")
    self.bytes = bytes
    self.limits = limits
    start = range.lowerBound
    position = range.lowerBound
    end = range.upperBound
  }

  /// Reads with the one implementation of the grammar, from where this scanner stands.
  @inline(__always)
  mutating func reading<Result>(
    _ body: (inout JSONCursor) throws(JSONError) -> Result
  ) throws(JSONError) -> Result {
    let bytes = bytes
    return try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
      var cursor = JSONCursor(buffer, range: start..<end, limits: limits)
      cursor.position = position
      cursor.depth = depth
      defer {
        position = cursor.position
        depth = cursor.depth
      }
      return try body(&cursor)
    }
  }

  public mutating func skipWhitespace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
      default: return
      }
    }
  }

  /// The next byte that is no white space, left unread; nil at the end.
  public mutating func peek() -> UInt8? {
    skipWhitespace()
    return position < end ? bytes[position] : nil
  }

  /// Reads `byte` if it comes next.
  public mutating func consume(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position &+= 1
    return true
  }

  /// Reads `byte`, which must come next.
  public mutating func expect(_ byte: UInt8) throws(JSONError) {
    if !consume(byte) { try reading { cursor throws(JSONError) in try cursor.expect(byte) } }
  }

  /// Checks that nothing but white space is left.
  public mutating func finish() throws(JSONError) { try reading { cursor throws(JSONError) in try cursor.finish() } }
}
