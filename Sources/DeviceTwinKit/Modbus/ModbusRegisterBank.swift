/// The memory behind a Modbus server. Called from many connections at once; calls are short and do not suspend.
///
/// A request has passed ``ModbusRequest/violation`` before it comes here, so counts are within the protocol's limits.
public protocol ModbusRegisterBank: Sendable {
  /// Whether there is such a device behind this server.
  func hasUnit(_ unit: UInt8) -> Bool
  func readBits(_ table: ModbusTable, address: UInt16, count: Int, unit: UInt8) throws(ModbusException) -> [Bool]
  func readRegisters(_ table: ModbusTable, address: UInt16, count: Int, unit: UInt8) throws(ModbusException) -> [UInt16]
  /// All or nothing.
  func writeCoils(address: UInt16, _ values: [Bool], unit: UInt8) throws(ModbusException)
  /// All or nothing. A bank may store another value than the one written; Modbus has no way to say so in the answer.
  func writeRegisters(address: UInt16, _ values: [UInt16], unit: UInt8) throws(ModbusException)
}

extension ModbusRegisterBank {
  /// Answers one protocol data unit by the book.
  public func answer(to pdu: some Collection<UInt8>, unit: UInt8) -> [UInt8] {
    do throws(ModbusException) {
      guard hasUnit(unit) else { throw .gatewayTargetSilent }
      let request = try ModbusRequest(decoding: pdu)
      return try perform(request, unit: unit).encoded(answering: request)
    } catch {
      return [(pdu.first ?? 0) | 0x80, error.code]
    }
  }

  private func perform(_ request: ModbusRequest, unit: UInt8) throws(ModbusException) -> ModbusResponse {
    switch request {
    case .read(let table, let address, let count) where table.isBits:
      return .bits(try readBits(table, address: address, count: count, unit: unit))
    case .read(let table, let address, let count):
      return .registers(try readRegisters(table, address: address, count: count, unit: unit))
    case .writeCoil(let address, let value): try writeCoils(address: address, [value], unit: unit)
    case .writeRegister(let address, let value): try writeRegisters(address: address, [value], unit: unit)
    case .writeCoils(let address, let values): try writeCoils(address: address, values, unit: unit)
    case .writeRegisters(let address, let values): try writeRegisters(address: address, values, unit: unit)
    }
    return .written
  }
}
