/// The four tables of the Modbus data model. Addresses are those on the wire, counted from 0.
public enum ModbusTable: String, Hashable, Sendable, CaseIterable, Comparable {
  case coils = "CoilRegister"
  case discreteInputs = "DiscreteInputRegister"
  case inputRegisters = "InputRegister"
  case holdingRegisters = "HoldingRegister"

  /// Whether the table holds single bits.
  public var isBits: Bool { self == .coils || self == .discreteInputs }
  public var isWritable: Bool { self == .coils || self == .holdingRegisters }

  /// The most bits or registers that one read may ask for (specification 6.1 to 6.4).
  public var maximumReadCount: Int { isBits ? 2000 : 125 }

  var readFunction: UInt8 {
    switch self {
    case .coils: 1
    case .discreteInputs: 2
    case .holdingRegisters: 3
    case .inputRegisters: 4
    }
  }

  static func read(by function: UInt8) -> ModbusTable? { allCases.first { $0.readFunction == function } }

  public static func < (left: ModbusTable, right: ModbusTable) -> Bool { left.readFunction < right.readFunction }
}
