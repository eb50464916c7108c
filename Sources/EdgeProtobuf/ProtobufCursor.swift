/// Reads protobuf field by field over bytes that somebody else keeps alive.
public struct ProtobufCursor {
  public let bytes: UnsafeBufferPointer<UInt8>
  public var position: Int
  /// Where the message at hand ends.
  public var end: Int
  public var depth = 0

  /// Kubernetes' own decoder has no bound but its stack; messages of the API are nested some twenty deep, and so is most of
  /// what etcd is sent; a transaction of 128 nested ones, which etcd accepts, takes 257. A caller whose values nest in a
  /// costlier way has a bound of its own.
  public static let maximumDepth = 300

  @inlinable
  public init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  @inlinable @inline(__always)
  public var isAtEnd: Bool { position >= end }

  @inline(never)
  public func error(_ code: ProtobufError.Code, _ message: String) -> ProtobufError {
    ProtobufError(code: code, message: message, offset: position)
  }

  @inlinable @inline(__always)
  public mutating func readTag() throws(ProtobufError) -> (number: Int, wire: WireType) {
    let tag = try readVarint()
    guard let wire = WireType(rawValue: tag & 7), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
      throw error(.invalidTag, "tag \(tag) is none of a field")
    }
    return (Int(truncatingIfNeeded: tag >> 3), wire)
  }

  @inlinable @inline(__always)
  public mutating func readVarint() throws(ProtobufError) -> UInt64 {
    // Most are tags and lengths of one byte.
    if position < end, bytes[position] < 0x80 {
      position &+= 1
      return UInt64(bytes[position &- 1])
    }
    return try readLongVarint()
  }

  @inline(never) @usableFromInline
  mutating func readLongVarint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = bytes[position]
      position &+= 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw error(.truncated, "a number does not end")
  }

  /// The bytes of a length-delimited field; the cursor stands behind them afterwards.
  @inlinable @inline(__always)
  public mutating func readDelimited(_ wire: WireType) throws(ProtobufError) -> Range<Int> {
    guard wire == .lengthDelimited else { throw wrongWire(wire) }
    let length = try readVarint()
    guard length <= UInt64(truncatingIfNeeded: end &- position) else {
      throw error(.truncated, "\(length) bytes are announced, \(end - position) are left")
    }
    let start = position
    position = start &+ Int(truncatingIfNeeded: length)
    return start..<position
  }

  /// Reads inside a length-delimited field.
  @inlinable @inline(__always)
  public mutating func enter(_ wire: WireType) throws(ProtobufError) -> Int {
    let range = try readDelimited(wire)
    depth &+= 1
    if depth > Self.maximumDepth { throw error(.depthExceeded, "more than \(Self.maximumDepth) nested messages") }
    let outer = end
    position = range.lowerBound
    end = range.upperBound
    return outer
  }

  @inlinable @inline(__always)
  public mutating func leave(_ outer: Int) {
    position = end
    end = outer
    depth &-= 1
  }

  @inlinable @inline(__always)
  public mutating func readInteger(_ wire: WireType) throws(ProtobufError) -> UInt64 {
    guard wire == .varint else { throw wrongWire(wire) }
    return try readVarint()
  }

  public mutating func readDouble(_ wire: WireType) throws(ProtobufError) -> Double {
    guard wire == .fixed64 else { throw wrongWire(wire) }
    let start = position
    try skip(wire)
    var bits: UInt64 = 0
    for byte in bytes[start..<(start + 8)].reversed() { bits = bits << 8 | UInt64(byte) }
    return Double(bitPattern: bits)
  }

  /// Strings of protobuf must be UTF-8; JSON could not say others again.
  @inlinable @inline(__always)
  public mutating func readString(_ wire: WireType) throws(ProtobufError) -> String {
    let range = try readDelimited(wire)
    if range.isEmpty { return "" }
    let text = UnsafeBufferPointer(rebasing: bytes[range])
    if Self.isASCII(text) { return String(decoding: text, as: UTF8.self) }
    return try validated(text)
  }

  /// The standard library validates through the witnesses of the collection and the encoding, which takes longer than all
  /// the rest; so only what is not ASCII goes that way.
  @usableFromInline @inline(never)
  func validated(_ text: UnsafeBufferPointer<UInt8>) throws(ProtobufError) -> String {
    guard let text = String(validating: text, as: UTF8.self) else {
      throw error(.invalidValue, "a string is not UTF-8")
    }
    return text
  }

  @inlinable @inline(__always)
  static func isASCII(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // Eight bytes a step. Sound: every load stays inside of the buffer.
    let raw = UnsafeRawBufferPointer(text)
    var place = 0
    var all: UInt64 = 0
    while place &+ 8 <= raw.count {
      all |= raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      place &+= 8
    }
    while place < raw.count {
      all |= UInt64(raw[place])
      place &+= 1
    }
    return all & 0x8080_8080_8080_8080 == 0
  }

  @inlinable
  public mutating func readBytes(_ wire: WireType) throws(ProtobufError) -> [UInt8] {
    Array(bytes[try readDelimited(wire)])
  }

  public mutating func skip(_ wire: WireType) throws(ProtobufError) {
    switch wire {
    case .varint: _ = try readVarint()
    case .lengthDelimited: _ = try readDelimited(wire)
    case .fixed32, .fixed64:
      let width = wire == .fixed32 ? 4 : 8
      guard end - position >= width else { throw error(.truncated, "the message ends inside a number") }
      position += width
    }
  }

  @inline(never)
  public func wrongWire(_ wire: WireType) -> ProtobufError { error(.wireType, "a field is laid out as \(wire)") }
}
