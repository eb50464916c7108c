/// Powers of ten that fit a machine word.
enum PowersOfTen {
  /// 10^0 to 10^18, all that fit an Int64.
  static func integer(_ exponent: Int) -> Int64 { Int64(bitPattern: unsigned(exponent)) }

  /// 10^0 to 10^19, all that fit a UInt64.
  static func unsigned(_ exponent: Int) -> UInt64 { table[exponent] }

  /// The double nearest to 10^exponent; 0 or infinity beyond its range.
  static func double(_ exponent: Int) -> Double {
    if exponent < -323 { return 0 }
    if exponent > 308 { return .infinity }
    return Double("1e\(exponent)") ?? .nan
  }

  private static let table: [UInt64] = (0...19).map { exponent in
    (0..<exponent).reduce(into: UInt64(1)) { power, _ in power *= 10 }
  }
}
