import EdgeJSON

/// Where a property lies in a Modbus device and what its bits mean: the typed form of `visitors.configData`.
///
/// | key | meaning |
/// |---|---|
/// | `register` | `CoilRegister`, `DiscreteInputRegister`, `InputRegister` or `HoldingRegister`; required |
/// | `offset` | address on the wire, counted from 0; required |
/// | `limit` | number of registers, or 1 bit; default by type |
/// | `scale` | value = register * scale; default 1 |
/// | `isSwap` | the two bytes of each register are swapped |
/// | `isRegisterSwap` | the registers of a number are swapped |
/// | `dataType` | `int16` `uint16` `int32` `uint32` `int64` `uint64` `float32` `float64` `string` `bytes` |
///
/// Without `dataType`, INT is signed with as many registers as `limit` says (1, 2, 4); FLOAT and DOUBLE are a scaled
/// signed 16-bit register for `limit` 1 and IEEE 754 for 2 and 4.
public struct ModbusVisitor: Hashable, Sendable {
  public let span: RegisterSpan
  public let type: PropertyType
  public let format: RegisterFormat
  public let order: RegisterOrder
  public let scale: Double

  public init(configData: JSONObject, type: PropertyType, path: String) throws(DefinitionError) {
    let reader = ConfigReader(data: configData, path: path)
    guard let word = try reader.string("register") else { throw reader.missing("register", "is required") }
    guard let table = ModbusTable.allCases.first(where: { $0.rawValue.lowercased() == word.lowercased() }) else {
      let known = ModbusTable.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.invalid("register", "\"\(word.prefix(40))\" is none of \(known)")
    }
    guard let offset = try reader.integer("offset", in: 0...65_535) else {
      throw reader.missing("offset", "is required")
    }
    var stated: RegisterFormat?
    if let name = try reader.string("dataType") {
      stated = RegisterFormat(rawValue: name)
      if stated == nil { throw reader.invalid("dataType", "\"\(name.prefix(40))\" is not a known data type") }
    }
    let limit = try reader.integer("limit", in: 1...125)
    let count = table.isBits ? limit ?? 1 : limit ?? stated?.registerCount ?? Self.usualCount(of: type)
    guard let count else { throw reader.missing("limit", "is required for type \(type.rawValue)") }
    guard offset + count <= 65_536 else { throw reader.invalid("offset", "the value ends beyond address 65535") }
    let format = table.isBits ? Self.bitFormat(type, count: count) : stated ?? Self.usualFormat(of: type, count: count)
    guard let format, table.isBits || Self.fits(format, type), format.registerCount ?? count == count else {
      throw reader.invalid("limit", "\(count) do not make a value of type \(type.rawValue)")
    }
    let scale = try reader.double("scale") ?? 1
    guard scale != 0 else { throw reader.invalid("scale", "must not be 0") }
    span = RegisterSpan(table, address: offset, count: count)
    self.type = type
    self.format = format
    order = RegisterOrder(
      isByteSwapped: try reader.bool("isSwap"), isRegisterSwapped: try reader.bool("isRegisterSwap"))
    self.scale = scale
  }

  /// The smallest step of the value; 0 when the registers hold a floating-point number or no number.
  public var resolution: Double {
    switch format {
    case .int16, .uint16, .int32, .uint32, .int64, .uint64: scale.magnitude
    case .float32, .float64, .string, .bytes: 0
    }
  }

  private static func usualCount(of type: PropertyType) -> Int? {
    switch type {
    case .int, .boolean: 1
    case .float: 2
    case .double: 4
    case .string, .bytes: nil
    }
  }

  private static func usualFormat(of type: PropertyType, count: Int) -> RegisterFormat? {
    switch (type, count) {
    case (.int, 1), (.float, 1), (.double, 1): .int16
    case (.int, 2): .int32
    case (.int, 4): .int64
    case (.float, 2), (.double, 2): .float32
    case (.float, 4), (.double, 4): .float64
    case (.boolean, 1): .uint16
    case (.string, _): .string
    case (.bytes, _): .bytes
    default: nil
    }
  }

  private static func bitFormat(_ type: PropertyType, count: Int) -> RegisterFormat? {
    count == 1 && (type == .boolean || type == .int) ? .uint16 : nil
  }

  private static func fits(_ format: RegisterFormat, _ type: PropertyType) -> Bool {
    switch type {
    case .int, .float, .double, .boolean: format.registerCount != nil
    case .string: format == .string
    case .bytes: format == .bytes
    }
  }
}
