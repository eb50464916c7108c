/// A message whose fields are written out by hand, for protocols whose speed matters.
///
/// Fields that are unknown are skipped when reading, and default values are left out when writing, as proto3 has it.
public protocol ProtobufMessage: Equatable, Sendable {
  init()

  /// Reads the field whose tag was just read; skips what it does not know.
  mutating func readField(
    _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
  ) throws(ProtobufError)

  /// Hands the fields to the output in the order of their numbers.
  func writeFields(to output: inout some ProtobufOutput)
}

extension ProtobufMessage {
  /// - Throws: ``ProtobufError``. Takes time and memory in proportion to the bytes.
  @inlinable
  public init(protobuf bytes: UnsafeBufferPointer<UInt8>) throws(ProtobufError) {
    var cursor = ProtobufCursor(bytes)
    self.init()
    try readFields(from: &cursor)
  }

  @inlinable
  public init(protobuf bytes: [UInt8]) throws(ProtobufError) {
    self = try bytes.withUnsafeBufferPointer { buffer throws(ProtobufError) in try Self(protobuf: buffer) }
  }

  /// Reads to the end of the message at hand. A field that comes twice counts as its last occurrence; messages merge.
  @inlinable
  public mutating func readFields(from cursor: inout ProtobufCursor) throws(ProtobufError) {
    while !cursor.isAtEnd {
      let (number, wire) = try cursor.readTag()
      try readField(number, wire, from: &cursor)
    }
  }

  public var protobufByteCount: Int {
    @inlinable get {
      var counter = ProtobufByteCounter()
      writeFields(to: &counter)
      return counter.count
    }
  }

  /// - Parameter bytes: exactly ``protobufByteCount``.
  @inlinable
  public func writeProtobuf(into bytes: UnsafeMutableRawBufferPointer) {
    var writer = ProtobufWriter(bytes)
    writeFields(to: &writer)
    precondition(writer.isAtEnd, "a message changed its size while it was written")
  }

  @inlinable
  public func protobufBytes() -> [UInt8] {
    let count = protobufByteCount
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      writeProtobuf(into: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }
}

extension ProtobufCursor {
  /// Reads a message field into `message`, merging with what is there.
  @inlinable
  public mutating func read(_ message: inout some ProtobufMessage, _ wire: WireType) throws(ProtobufError) {
    let outer = try enter(wire)
    try message.readFields(from: &self)
    leave(outer)
  }

  @inlinable
  public mutating func readMessage<Message: ProtobufMessage>(_ wire: WireType) throws(ProtobufError) -> Message {
    var message = Message()
    try read(&message, wire)
    return message
  }

  @inlinable
  public mutating func readInt64(_ wire: WireType) throws(ProtobufError) -> Int64 {
    Int64(bitPattern: try readInteger(wire))
  }

  /// Numbers of 32 bits are cut to them, as other implementations do.
  @inlinable
  public mutating func readInt32(_ wire: WireType) throws(ProtobufError) -> Int32 {
    Int32(truncatingIfNeeded: try readInteger(wire))
  }

  @inlinable
  public mutating func readBool(_ wire: WireType) throws(ProtobufError) -> Bool { try readInteger(wire) != 0 }

  /// A repeated number, packed or not.
  @inlinable
  public mutating func readRepeated(
    _ values: inout [Int64], _ wire: WireType
  ) throws(ProtobufError) {
    guard wire == .lengthDelimited else { return values.append(Int64(bitPattern: try readInteger(wire))) }
    let outer = try enter(wire)
    while !isAtEnd { values.append(Int64(bitPattern: try readVarint())) }
    leave(outer)
  }
}
