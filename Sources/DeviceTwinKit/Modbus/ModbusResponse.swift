/// The answer to a ``ModbusRequest``.
public enum ModbusResponse: Hashable, Sendable {
  /// Exactly as many bits as were asked for.
  case bits([Bool])
  case registers([UInt16])
  /// Functions 5, 6, 15, 16: address and value, or address and count, are echoed. An echo is no proof that the device
  /// holds the value: it may have clamped it.
  case written

  /// The protocol data unit that answers `request`.
  public func encoded(answering request: ModbusRequest) -> [UInt8] {
    var bytes = [request.function]
    switch self {
    case .bits(let bits):
      let packed = PackedBits.pack(bits)
      bytes.append(UInt8(packed.count))
      bytes += packed
    case .registers(let registers):
      bytes.append(UInt8(2 * registers.count))
      for register in registers { bytes.append(word: register) }
    case .written:
      bytes.append(word: request.address)
      switch request {
      case .writeCoil(_, let value): bytes.append(word: value ? 0xFF00 : 0)
      case .writeRegister(_, let value): bytes.append(word: value)
      case .read, .writeCoils, .writeRegisters: bytes.append(word: UInt16(request.count))
      }
    }
    return bytes
  }

  /// Reads the answer to `request` and holds it against it.
  ///
  /// - Throws: ``ModbusError`` with code `exception` when the device refused, `malformed` when function, length, byte
  ///   count or echo do not fit the request.
  public init(decoding pdu: some Collection<UInt8>, answering request: ModbusRequest) throws(ModbusError) {
    var reader = ByteReader(Array(pdu))
    guard let function = reader.byte() else { throw Self.malformed("it is empty") }
    if function == request.function | 0x80 {
      guard let code = reader.byte(), reader.isAtEnd else { throw Self.malformed("an exception of a wrong length") }
      throw ModbusError(exception: ModbusException(code: code))
    }
    guard function == request.function else {
      throw Self.malformed("function \(function) in place of \(request.function)")
    }
    switch request {
    case .read(let table, _, let count):
      let size = table.isBits ? (count + 7) / 8 : 2 * count
      guard let declared = reader.byte(), Int(declared) == size, reader.remaining == size else {
        throw Self.malformed("its byte count is not \(size)")
      }
      if table.isBits, let packed = reader.bytes(size) {
        self = .bits(PackedBits.unpack(packed, count: count))
      } else if let registers = reader.words(count) {
        self = .registers(registers)
      } else {
        throw Self.malformed("its byte count is not \(size)")
      }
    case .writeCoil, .writeRegister, .writeCoils, .writeRegisters:
      guard Array(pdu) == ModbusResponse.written.encoded(answering: request) else {
        throw Self.malformed("its echo differs from the request")
      }
      self = .written
    }
  }

  private static func malformed(_ what: String) -> ModbusError {
    ModbusError(code: .malformed, message: "the answer breaks the protocol: \(what)")
  }
}
