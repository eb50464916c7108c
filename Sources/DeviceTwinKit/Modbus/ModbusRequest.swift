/// A request that this kit speaks: functions 1, 2, 3, 4 (read), 5, 6 (write one), 15, 16 (write several).
public enum ModbusRequest: Hashable, Sendable {
  case read(ModbusTable, address: UInt16, count: Int)
  case writeCoil(address: UInt16, Bool)
  case writeRegister(address: UInt16, UInt16)
  case writeCoils(address: UInt16, [Bool])
  case writeRegisters(address: UInt16, [UInt16])

  public var function: UInt8 {
    switch self {
    case .read(let table, _, _): table.readFunction
    case .writeCoil: 5
    case .writeRegister: 6
    case .writeCoils: 15
    case .writeRegisters: 16
    }
  }

  public var address: UInt16 {
    switch self {
    case .read(_, let address, _), .writeCoil(let address, _), .writeRegister(let address, _),
      .writeCoils(let address, _), .writeRegisters(let address, _):
      address
    }
  }

  /// How many bits or registers it concerns.
  public var count: Int {
    switch self {
    case .read(_, _, let count): count
    case .writeCoil, .writeRegister: 1
    case .writeCoils(_, let values): values.count
    case .writeRegisters(_, let values): values.count
    }
  }

  /// The exception that a server by the book answers to this request's size or address, if any: 3 for a count of
  /// zero or over the limit, 2 when it reaches beyond address 65535.
  public var violation: ModbusException? {
    let limit =
      switch self {
      case .read(let table, _, _): table.maximumReadCount
      case .writeCoil, .writeRegister: 1
      case .writeCoils: 1968
      case .writeRegisters: 123
      }
    if !(1...limit).contains(count) { return .illegalDataValue }
    return Int(address) + count > 65_536 ? .illegalDataAddress : nil
  }

  /// The protocol data unit, at most 253 bytes.
  ///
  /// - Throws: ``ModbusException`` that ``violation`` names.
  public func encoded() throws(ModbusException) -> [UInt8] {
    if let violation { throw violation }
    var bytes = [function]
    bytes.append(word: address)
    switch self {
    case .read(_, _, let count): bytes.append(word: UInt16(count))
    case .writeCoil(_, let value): bytes.append(word: value ? 0xFF00 : 0)
    case .writeRegister(_, let value): bytes.append(word: value)
    case .writeCoils(_, let values):
      let packed = PackedBits.pack(values)
      bytes.append(word: UInt16(values.count))
      bytes.append(UInt8(packed.count))
      bytes += packed
    case .writeRegisters(_, let values):
      bytes.append(word: UInt16(values.count))
      bytes.append(UInt8(2 * values.count))
      for value in values { bytes.append(word: value) }
    }
    return bytes
  }

  /// Reads a request as a server by the book does.
  ///
  /// - Throws: the exception to answer: 1 for functions outside this kit, 3 for lengths, counts and coil values that
  ///   break the rules, 2 for a span beyond address 65535.
  public init(decoding pdu: some Collection<UInt8>) throws(ModbusException) {
    var reader = ByteReader(Array(pdu))
    guard let function = reader.byte() else { throw .illegalFunction }
    let table = ModbusTable.read(by: function)
    guard table != nil || [5, 6, 15, 16].contains(function) else { throw .illegalFunction }
    guard let address = reader.word(), let field = reader.word() else { throw .illegalDataValue }
    let request: ModbusRequest?
    switch function {
    case 5 where reader.isAtEnd && (field == 0xFF00 || field == 0):
      request = .writeCoil(address: address, field == 0xFF00)
    case 6 where reader.isAtEnd: request = .writeRegister(address: address, field)
    case 15:
      let count = Int(field)
      if let size = reader.byte(), Int(size) == (count + 7) / 8, let packed = reader.bytes(Int(size)), reader.isAtEnd {
        request = .writeCoils(address: address, PackedBits.unpack(packed, count: count))
      } else {
        request = nil
      }
    case 16:
      let count = Int(field)
      if let size = reader.byte(), Int(size) == 2 * count, let values = reader.words(count) {
        request = .writeRegisters(address: address, values)
      } else {
        request = nil
      }
    default:
      request = if let table, reader.isAtEnd { .read(table, address: address, count: Int(field)) } else { nil }
    }
    guard let request else { throw .illegalDataValue }
    if let violation = request.violation { throw violation }
    self = request
  }
}
