/// In which order the bytes of a value of several registers travel. The order belongs to a value, not to a device.
public enum RegisterOrder: String, Hashable, Sendable, CaseIterable {
  /// Most significant register and byte first: the specification's own.
  case abcd = "ABCD"
  /// Registers swapped (KubeEdge's `isRegisterSwap`).
  case cdab = "CDAB"
  /// Bytes within each register swapped (KubeEdge's `isSwap`).
  case badc = "BADC"
  /// Both: little-endian.
  case dcba = "DCBA"

  public init(isByteSwapped: Bool, isRegisterSwapped: Bool) {
    self =
      switch (isByteSwapped, isRegisterSwapped) {
      case (false, false): .abcd
      case (false, true): .cdab
      case (true, false): .badc
      case (true, true): .dcba
      }
  }

  var isByteSwapped: Bool { self == .badc || self == .dcba }
  var isRegisterSwapped: Bool { self == .cdab || self == .dcba }

  /// From the wire's order to the specification's and back: the reordering is its own inverse.
  public func reorder(_ registers: [UInt16]) -> [UInt16] {
    let words = isRegisterSwapped ? registers.reversed() : registers
    return isByteSwapped ? words.map(\.byteSwapped) : words
  }
}

/// What the bits of a value mean.
public enum RegisterFormat: String, Hashable, Sendable, CaseIterable {
  case int16, uint16, int32, uint32, int64, uint64, float32, float64
  /// Bytes, as many as the registers hold; text ends at its first NUL and loses trailing blanks.
  case string, bytes

  /// How many registers a number takes; nil for formats of any length.
  public var registerCount: Int? {
    switch self {
    case .int16, .uint16: 1
    case .int32, .uint32, .float32: 2
    case .int64, .uint64, .float64: 4
    case .string, .bytes: nil
    }
  }
}

/// A value as the registers hold it, before scale and type.
public enum RegisterValue: Hashable, Sendable {
  case signed(Int64)
  case unsigned(UInt64)
  case real(Double)
  case bytes([UInt8])

  public var doubleValue: Double? {
    switch self {
    case .signed(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .real(let value): value
    case .bytes: nil
    }
  }
}

extension RegisterFormat {
  /// Nil when the number of registers does not fit the format.
  public func decode(_ registers: [UInt16], order: RegisterOrder) -> RegisterValue? {
    guard registerCount.map({ $0 == registers.count }) ?? true else { return nil }
    let words = self == .string || self == .bytes ? order.byteOrdered(registers) : order.reorder(registers)
    let bits = words.prefix(4).reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
    switch self {
    case .int16: return .signed(Int64(Int16(truncatingIfNeeded: bits)))
    case .int32: return .signed(Int64(Int32(truncatingIfNeeded: bits)))
    case .int64: return .signed(Int64(bitPattern: bits))
    case .uint16, .uint32, .uint64: return .unsigned(bits)
    case .float32: return .real(Self.shortest(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .float64: return .real(Double(bitPattern: bits))
    case .bytes: return .bytes(words.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] })
    case .string:
      let bytes = words.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
      var text = Array(bytes.prefix { $0 != 0 })
      while text.last == UInt8(ascii: " ") { text.removeLast() }
      return .bytes(text)
    }
  }

  /// Nil when the value is out of the format's range: a write never wraps.
  ///
  /// - Parameter count: the number of registers, for formats of any length; short text is padded with NUL.
  public func encode(_ value: RegisterValue, order: RegisterOrder, count: Int) -> [UInt16]? {
    let bits: UInt64?
    switch (self, value) {
    case (.string, .bytes(let bytes)), (.bytes, .bytes(let bytes)):
      guard bytes.count <= 2 * count, self == .string || bytes.count == 2 * count else { return nil }
      let padded = bytes + [UInt8](repeating: 0, count: 2 * count - bytes.count)
      let words = (0..<count).map { UInt16(padded[2 * $0]) << 8 | UInt16(padded[2 * $0 + 1]) }
      return order.byteOrdered(words)
    case (.int16, .signed(let value)): bits = Int16(exactly: value).map { UInt64(UInt16(bitPattern: $0)) }
    case (.int32, .signed(let value)): bits = Int32(exactly: value).map { UInt64(UInt32(bitPattern: $0)) }
    case (.int64, .signed(let value)): bits = UInt64(bitPattern: value)
    case (.uint16, .unsigned(let value)): bits = UInt16(exactly: value).map(UInt64.init)
    case (.uint32, .unsigned(let value)): bits = UInt32(exactly: value).map(UInt64.init)
    case (.uint64, .unsigned(let value)): bits = value
    case (.float32, .real(let value)):
      let float = Float(value)
      bits = float.isFinite || !value.isFinite ? UInt64(float.bitPattern) : nil
    case (.float64, .real(let value)): bits = value.bitPattern
    default: bits = nil
    }
    guard let bits, let registerCount else { return nil }
    let words = (0..<registerCount).map { UInt16(truncatingIfNeeded: bits >> UInt64(16 * (registerCount - 1 - $0))) }
    return order.reorder(words)
  }

  /// The shortest decimal that is this float: 23.1, not 23.100000381469727.
  private static func shortest(_ float: Float) -> Double { Double(float.description) ?? Double(float) }
}

extension RegisterOrder {
  // Text runs in one direction whatever the order of registers in numbers is; only the bytes within one may be swapped.
  fileprivate func byteOrdered(_ registers: [UInt16]) -> [UInt16] {
    isByteSwapped ? registers.map(\.byteSwapped) : registers
  }
}
