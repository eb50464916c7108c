/// A device's refusal, as it stands on the wire (specification 7).
public struct ModbusException: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: UInt8

  public init(code: UInt8) { self.code = code }

  public static let illegalFunction = ModbusException(code: 1)
  public static let illegalDataAddress = ModbusException(code: 2)
  public static let illegalDataValue = ModbusException(code: 3)
  public static let deviceFailure = ModbusException(code: 4)
  public static let acknowledge = ModbusException(code: 5)
  public static let busy = ModbusException(code: 6)
  public static let parityError = ModbusException(code: 8)
  public static let gatewayPathUnavailable = ModbusException(code: 0x0A)
  public static let gatewayTargetSilent = ModbusException(code: 0x0B)

  /// The request itself is wrong for this device and will be so again.
  public var isPermanent: Bool { (1...3).contains(code) }

  public var description: String {
    let name =
      switch code {
      case 1: "illegal function"
      case 2: "illegal data address"
      case 3: "illegal data value"
      case 4: "device failure"
      case 5: "acknowledged, not done yet"
      case 6: "device busy"
      case 8: "memory parity error"
      case 0x0A: "gateway path unavailable"
      case 0x0B: "gateway target does not respond"
      default: "unknown"
      }
    return "exception \(code) (\(name))"
  }
}
