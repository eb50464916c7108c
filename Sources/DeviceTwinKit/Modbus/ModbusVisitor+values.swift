// Between registers and typed values.
extension ModbusVisitor {
  /// What a bit means.
  public func reading(of bit: Bool) -> Reading { .value(type == .boolean ? .bool(bit) : .int(bit ? 1 : 0)) }

  /// What this value's registers mean, in the order of the wire.
  public func reading(of registers: [UInt16]) -> Reading {
    guard let raw = format.decode(registers, order: order) else {
      return .bad(reason: "\(registers.count) registers in place of \(span.count)")
    }
    switch (type, raw) {
    case (.string, .bytes(let bytes)):
      guard let text = String(validating: bytes, as: UTF8.self) else { return .bad(reason: "the text is not UTF-8") }
      return .value(.string(text))
    case (.bytes, .bytes(let bytes)): return .value(.bytes(bytes))
    case (.int, .signed(let value)) where scale == 1: return .value(.int(value))
    case (.int, .unsigned(let value)) where scale == 1:
      return Int64(exactly: value).map { .value(.int($0)) } ?? .bad(reason: "\(value) does not fit into 64 bits")
    default: break
    }
    guard let number = raw.doubleValue, number.isFinite else { return .bad(reason: "the device holds no number") }
    let value = scaled(number)
    switch type {
    case .boolean: return .value(.bool(number != 0))
    case .int:
      return Int64(exactly: value.rounded()).map { .value(.int($0)) }
        ?? .bad(reason: "\(value) does not fit into 64 bits")
    case .float, .double: return value.isFinite ? .value(.double(value)) : .bad(reason: "the scaled value is too large")
    case .string, .bytes: return .bad(reason: "the device holds no \(type.rawValue)")
    }
  }

  /// The request that writes a value, or why there is none. Out of range is refused, never wrapped.
  public func request(writing value: PropertyValue) -> Result<ModbusRequest, DriverError> {
    func refused(_ reason: String) -> Result<ModbusRequest, DriverError> {
      .failure(DriverError(code: .refused, message: reason))
    }
    guard span.table.isWritable else { return refused("\(span.table.rawValue) cannot be written") }
    let address = UInt16(span.address)
    if span.table == .coils {
      switch value {
      case .bool(let bit): return .success(.writeCoil(address: address, bit))
      case .int(0): return .success(.writeCoil(address: address, false))
      case .int(1): return .success(.writeCoil(address: address, true))
      default: return refused("a coil holds 0 or 1, not \(value.text)")
      }
    }
    guard let raw = registerValue(of: value), let registers = format.encode(raw, order: order, count: span.count) else {
      return refused("\(value.text) does not fit into \(span.count) registers as \(format.rawValue)")
    }
    return .success(
      registers.count == 1
        ? .writeRegister(address: address, registers[0]) : .writeRegisters(address: address, registers))
  }

  private func registerValue(of value: PropertyValue) -> RegisterValue? {
    switch (format, value) {
    case (.string, .string(let text)): return .bytes(Array(text.utf8))
    case (.bytes, .bytes(let bytes)): return .bytes(bytes)
    case (.string, _), (.bytes, _): return nil
    case (_, .bool(let bit)): return number(bit ? 1 : 0)
    case (.float32, .int(let value)), (.float64, .int(let value)): return number(unscaled(Double(value)))
    case (_, .int(let value)) where scale == 1:
      return isUnsigned ? UInt64(exactly: value).map(RegisterValue.unsigned) : .signed(value)
    default: return value.number.flatMap { number(unscaled($0)) }
    }
  }

  private func number(_ value: Double) -> RegisterValue? {
    switch format {
    case .float32, .float64: value.isFinite ? .real(value) : nil
    case .uint16, .uint32, .uint64: UInt64(exactly: value.rounded()).map(RegisterValue.unsigned)
    case .int16, .int32, .int64: Int64(exactly: value.rounded()).map(RegisterValue.signed)
    case .string, .bytes: nil
    }
  }

  private var isUnsigned: Bool { format == .uint16 || format == .uint32 || format == .uint64 }

  // Dividing by 10 is rounded correctly where multiplying by 0.1 is not: 3 * 0.1 = 0.30000000000000004.
  private func scaled(_ raw: Double) -> Double {
    if let divisor = wholeDivisor { raw / divisor } else { raw * scale }
  }

  private func unscaled(_ value: Double) -> Double {
    if let divisor = wholeDivisor { value * divisor } else { value / scale }
  }

  private var wholeDivisor: Double? {
    let inverse = (1 / scale).rounded()
    return inverse != 0 && (inverse * scale - 1).magnitude < 1e-12 ? inverse : nil
  }
}
