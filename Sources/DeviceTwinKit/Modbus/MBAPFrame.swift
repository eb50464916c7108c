/// A Modbus TCP frame: the MBAP header (transaction, protocol 0, length, unit) and a protocol data unit.
public struct MBAPFrame: Hashable, Sendable {
  public var transaction: UInt16
  public var unit: UInt8
  /// 1 to 253 bytes.
  public var pdu: [UInt8]

  public static let headerBytes = 7
  public static let maximumPDUBytes = 253

  public init(transaction: UInt16, unit: UInt8, pdu: [UInt8]) {
    precondition((1...Self.maximumPDUBytes).contains(pdu.count), "a Modbus PDU has 1 to 253 bytes")
    self.transaction = transaction
    self.unit = unit
    self.pdu = pdu
  }

  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + pdu.count)
    bytes.append(word: transaction)
    bytes.append(word: 0)
    bytes.append(word: UInt16(pdu.count + 1))
    bytes.append(unit)
    return bytes + pdu
  }
}

/// Cuts a TCP stream into ``MBAPFrame``s, however it was split on the way.
///
/// TCP gives no second chance to find the start of a frame: after a header that breaks the rules the stream is of no
/// more use and the connection has to be closed. It buffers less than one frame.
public struct MBAPDecoder: Sendable {
  private var buffer: [UInt8] = []
  private var isBroken = false

  public init() {}

  /// Bytes that wait for the rest of their frame.
  public var bufferedBytes: Int { buffer.count }

  /// Takes the next bytes of the stream and returns the frames that are complete now.
  ///
  /// - Throws: ``ModbusError`` with code `malformed` for a foreign protocol id or a length outside 2...254, on this and
  ///   every later call. Frames before the fault are lost with the connection; their requests time out or fail.
  public mutating func receive(_ bytes: some Sequence<UInt8>) throws(ModbusError) -> [MBAPFrame] {
    guard !isBroken else { throw ModbusError(code: .malformed, message: "the stream broke earlier") }
    buffer.append(contentsOf: bytes)
    var frames: [MBAPFrame] = []
    var start = 0
    while buffer.count - start >= MBAPFrame.headerBytes {
      var reader = ByteReader(buffer[start...])
      guard let transaction = reader.word(), let protocolID = reader.word(), let length = reader.word(),
        let unit = reader.byte()
      else { break }
      guard protocolID == 0, (2...254).contains(length) else {
        isBroken = true
        buffer = []
        throw ModbusError(code: .malformed, message: "not a Modbus header: protocol \(protocolID), length \(length)")
      }
      guard let pdu = reader.bytes(Int(length) - 1) else { break }
      frames.append(MBAPFrame(transaction: transaction, unit: unit, pdu: Array(pdu)))
      start += MBAPFrame.headerBytes + pdu.count
    }
    buffer.removeFirst(start)
    return frames
  }
}
