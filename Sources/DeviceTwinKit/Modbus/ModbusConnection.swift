import EdgeJSON

/// Where a Modbus TCP device is: the typed form of `protocol.configData`.
///
/// | key | meaning |
/// |---|---|
/// | `ip` or `host` | address or name of the device or gateway; required |
/// | `port` | 1...65535, default 502 |
/// | `slaveID` | unit id, 0...255, default 1 |
/// | `collectTimeout` | deadline of one request in milliseconds, default 1000 |
/// | `maximumRegisters` | most registers of one read, default 125; for devices that take fewer |
/// | `maximumGap` | most registers read in vain to join two values, default 16 |
///
/// Numbers may be written as text. Other keys are left alone.
public struct ModbusConnection: Hashable, Sendable {
  public var host: String
  public var port: Int
  public var unit: UInt8
  public var requestTimeout: Duration
  public var limits: ReadPlanner.Limits

  public init(
    host: String, port: Int = 502, unit: UInt8 = 1, requestTimeout: Duration = .seconds(1),
    limits: ReadPlanner.Limits = ReadPlanner.Limits()
  ) {
    self.host = host
    self.port = port
    self.unit = unit
    self.requestTimeout = requestTimeout
    self.limits = limits
  }

  public init(configData: JSONObject, path: String = "spec.protocol.configData") throws(DefinitionError) {
    let reader = ConfigReader(data: configData, path: path)
    if configData["serialPort"] != nil {
      throw DefinitionError(
        code: .unsupported, field: "\(path).serialPort", message: "only Modbus over TCP is supported")
    }
    guard let host = try reader.string("ip", "host") else {
      throw reader.missing("ip", "the address of the device is required (ip or host)")
    }
    self.init(
      host: host, port: try reader.integer("port", in: 1...65_535) ?? 502,
      unit: UInt8(try reader.integer("slaveID", in: 0...255) ?? 1),
      requestTimeout: .milliseconds(try reader.integer("collectTimeout", in: 1...600_000) ?? 1000))
    if let maximum = try reader.integer("maximumRegisters", in: 1...125) { limits.registers = maximum }
    if let gap = try reader.integer("maximumGap", in: 0...124) { limits.gap = gap }
  }
}
