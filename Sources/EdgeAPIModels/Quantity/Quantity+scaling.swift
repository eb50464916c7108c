extension Quantity {
  /// The amount in whole ones; see ``scaledValue(_:)``.
  public var value: Int64 { scaledValue(.one) }
  /// The amount in thousandths; see ``scaledValue(_:)``.
  public var milliValue: Int64 { scaledValue(.milli) }

  /// The amount counted in units of `scale`, rounded away from zero.
  ///
  /// It answers as Kubernetes does also where 64 bits do not suffice: the digits wrap around, or it is 0; and negative
  /// fractions of the big form are rounded towards zero and one up. Compare with a bound first if the amount comes from
  /// an untrusted place.
  public func scaledValue(_ scale: Scale) -> Int64 {
    switch storage {
    case .small(let mantissa, let exponent, _, _):
      let shift = Int(exponent - scale.exponent)
      if shift >= 0 { return Self.multiplied(mantissa, byPowerOfTen: shift) ?? Self.overflowed(mantissa, shift) }
      return Self.divided(mantissa, byPowerOfTen: -shift).quotient
    case .big(let box, _): return Self.wrapped(box.decimal, scale: -Int(scale.exponent))
    }
  }

  /// The amount, if it is a whole number in the small form that fits.
  public var asInt64: Int64? {
    guard case .small(let mantissa, let exponent, _, _) = storage, exponent >= 0 else { return nil }
    return Self.multiplied(mantissa, byPowerOfTen: Int(exponent))
  }

  /// The amount in plain notation, all digits: `0.100`.
  public var decimalText: String { decimal.text }

  /// Close to the nearest double; infinite beyond its range.
  public var approximateDouble: Double {
    let decimal = decimal
    let base = decimal.isNegative ? -decimal.magnitude.double : decimal.magnitude.double
    return decimal.scale == 0 ? base : base * PowersOfTen.double(-decimal.scale)
  }

  /// Drops the digits below `scale`, rounding away from zero.
  ///
  /// - Returns: whether nothing was lost.
  @discardableResult
  public mutating func roundUp(to scale: Scale) -> Bool {
    switch storage {
    case .small(let mantissa, let exponent, let format, _):
      if exponent >= scale.exponent { return true }
      let (quotient, isExact) = Self.divided(mantissa, byPowerOfTen: Int(scale.exponent - exponent))
      self = Quantity(mantissa: quotient, exponent: scale.exponent, format: format)
      return isExact
    case .big(let box, let format):
      let (rounded, isExact) = box.decimal.rounded(toScale: -Int(scale.exponent))
      storage = .big(Box(rounded), format: format)
      return isExact
    }
  }

  /// What Kubernetes answers for a product that does not fit: its quick ways, for the usual shifts, wrap around.
  private static func overflowed(_ mantissa: Int64, _ shift: Int) -> Int64 {
    [1, 2, 3, 6, 9].contains(shift) && mantissa != .min ? mantissa &* PowersOfTen.integer(shift) : 0
  }

  /// Rounded away from zero.
  private static func divided(_ value: Int64, byPowerOfTen exponent: Int) -> (quotient: Int64, isExact: Bool) {
    if exponent > 18 { return (value.signum(), value == 0) }
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: PowersOfTen.integer(exponent))
    return remainder == 0 ? (quotient, true) : (quotient + value.signum(), false)
  }

  private static func wrapped(_ decimal: ExactDecimal, scale: Int) -> Int64 {
    let excess = decimal.scale - scale
    if excess <= 0 {
      return excess < -18 ? 0 : decimal.wrappedUnscaled &* PowersOfTen.integer(-excess)
    }
    let isBelowMaximum = decimal.isNegative || decimal.magnitude < Magnitude(UInt64(Int64.max))
    if isBelowMaximum, excess < 19 {
      let (quotient, remainder) = decimal.wrappedUnscaled.quotientAndRemainder(
        dividingBy: PowersOfTen.integer(excess))
      return remainder == 0 ? quotient : quotient &+ 1
    }
    var quotient = decimal
    let isExact = quotient.magnitude.divideByPowerOfTen(excess)
    return isExact || decimal.isNegative ? quotient.wrappedUnscaled : quotient.wrappedUnscaled &+ 1
  }
}
