/// Where a message puts its fields: once to be counted, once to be written. Knowing every length beforehand costs less
/// than moving bytes behind each length afterwards, and bytes land where they are sent from.
public protocol ProtobufOutput {
  mutating func put(varint value: UInt64)
  mutating func put(raw bytes: UnsafeRawBufferPointer)
  /// - Parameter byteCount: what the message was counted to be.
  mutating func put<Message: ProtobufMessage>(contents message: Message, byteCount: Int)
}

extension ProtobufOutput {
  @inlinable @inline(__always)
  mutating func tag(_ number: Int, _ wire: WireType) {
    put(varint: UInt64(truncatingIfNeeded: number) << 3 | wire.rawValue)
  }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ value: UInt64) {
    guard value != 0 else { return }
    tag(number, .varint)
    put(varint: value)
  }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ value: Int64) { put(number, UInt64(bitPattern: value)) }

  /// Negative numbers take ten bytes, as for 64 bits.
  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ value: Int32) { put(number, Int64(value)) }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ value: Bool) { put(number, value ? 1 : 0 as UInt64) }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    putAlways(number, bytes)
  }

  /// For members of a oneof and elements of a list, which are written even when they are empty.
  @inlinable @inline(__always)
  public mutating func putAlways(_ number: Int, _ bytes: [UInt8]) {
    tag(number, .lengthDelimited)
    put(varint: UInt64(bytes.count))
    bytes.withUnsafeBytes { put(raw: $0) }
  }

  @inlinable @inline(__always)
  public mutating func putAlways(_ number: Int, _ value: Int64) {
    tag(number, .varint)
    put(varint: UInt64(bitPattern: value))
  }

  @inlinable
  public mutating func put(_ number: Int, _ text: String) {
    guard !text.isEmpty else { return }
    putAlways(number, text)
  }

  @inlinable
  public mutating func putAlways(_ number: Int, _ text: String) {
    var text = text
    tag(number, .lengthDelimited)
    text.withUTF8 { bytes in
      put(varint: UInt64(bytes.count))
      put(raw: UnsafeRawBufferPointer(bytes))
    }
  }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ message: some ProtobufMessage) {
    tag(number, .lengthDelimited)
    let byteCount = message.protobufByteCount
    put(varint: UInt64(byteCount))
    put(contents: message, byteCount: byteCount)
  }

  /// A message whose fields are at hand and need not become a value first.
  ///
  /// - Parameter byteCount: of what `fields` writes.
  @inlinable @inline(__always)
  public mutating func put(_ number: Int, byteCount: Int, _ fields: (inout Self) -> Void) {
    tag(number, .lengthDelimited)
    put(varint: UInt64(byteCount))
    fields(&self)
  }

  @inlinable @inline(__always)
  public mutating func put(_ number: Int, _ message: (some ProtobufMessage)?) {
    if let message { put(number, message) }
  }

  @inlinable
  public mutating func put(_ number: Int, texts: [String]) {
    for text in texts { putAlways(number, text) }
  }

  @inlinable
  public mutating func put(_ number: Int, elements: [[UInt8]]) {
    for bytes in elements { putAlways(number, bytes) }
  }

  @inlinable
  public mutating func put(_ number: Int, _ messages: [some ProtobufMessage]) {
    for message in messages { put(number, message) }
  }

  @inlinable
  public mutating func put(_ number: Int, packed values: [Int64]) {
    guard !values.isEmpty else { return }
    var counter = ProtobufByteCounter()
    for value in values { counter.put(varint: UInt64(bitPattern: value)) }
    tag(number, .lengthDelimited)
    put(varint: UInt64(counter.count))
    for value in values { put(varint: UInt64(bitPattern: value)) }
  }
}

@frozen
public struct ProtobufByteCounter: ProtobufOutput {
  public var count = 0

  @inlinable
  public init() {}

  @inlinable @inline(__always)
  public mutating func put(varint value: UInt64) {
    // Each byte takes seven bits; zero takes one byte.
    count &+= (70 &- (value | 1).leadingZeroBitCount) / 7
  }

  @inlinable @inline(__always)
  public mutating func put(raw bytes: UnsafeRawBufferPointer) { count &+= bytes.count }

  @inlinable @inline(__always)
  public mutating func put<Message: ProtobufMessage>(contents message: Message, byteCount: Int) { count &+= byteCount }
}

/// Writes into memory that somebody else keeps alive and that is as large as the message was counted to be.
@frozen
public struct ProtobufWriter: ProtobufOutput {
  @usableFromInline let bytes: UnsafeMutableRawBufferPointer
  @usableFromInline var position = 0

  @inlinable
  public init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  @inlinable
  public var isAtEnd: Bool { position == bytes.count }

  @inlinable @inline(__always)
  public mutating func put(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      store(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    store(UInt8(truncatingIfNeeded: rest))
  }

  @inlinable @inline(__always)
  mutating func store(_ byte: UInt8) {
    precondition(position < bytes.count)
    bytes.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
    position &+= 1
  }

  @inlinable @inline(__always)
  public mutating func put(raw source: UnsafeRawBufferPointer) {
    precondition(bytes.count &- position >= source.count)
    UnsafeMutableRawBufferPointer(rebasing: bytes[position...]).copyMemory(from: source)
    position &+= source.count
  }

  @inlinable @inline(__always)
  public mutating func put<Message: ProtobufMessage>(contents message: Message, byteCount: Int) {
    message.writeFields(to: &self)
  }
}
