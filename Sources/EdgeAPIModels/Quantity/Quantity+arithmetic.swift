/// Exact. A sum takes the notation of the first number, unless that is zero.
extension Quantity {
  public static func + (left: Quantity, right: Quantity) -> Quantity {
    let format = left.isZero ? right.format : left.format
    if case .small(let first, let firstExponent, _, _) = left.storage,
      case .small(let second, let secondExponent, _, _) = right.storage
    {
      if second == 0 { return Quantity(mantissa: first, exponent: firstExponent, format: format) }
      if first == 0 { return Quantity(mantissa: second, exponent: secondExponent, format: format) }
      let exponent = min(firstExponent, secondExponent)
      if let first = multiplied(first, byPowerOfTen: Int(firstExponent - exponent)),
        let second = multiplied(second, byPowerOfTen: Int(secondExponent - exponent))
      {
        let (sum, overflow) = first.addingReportingOverflow(second)
        if !overflow { return Quantity(mantissa: sum, exponent: exponent, format: format) }
      }
    }
    return Quantity(left.decimal + right.decimal, format: format)
  }

  public static func - (left: Quantity, right: Quantity) -> Quantity { left + -right }

  public static prefix func - (quantity: Quantity) -> Quantity {
    if case .small(let mantissa, let exponent, let format, _) = quantity.storage, mantissa != .min {
      return Quantity(mantissa: -mantissa, exponent: exponent, format: format)
    }
    return Quantity(-quantity.decimal, format: quantity.format)
  }

  public static func += (left: inout Quantity, right: Quantity) { left = left + right }
  public static func -= (left: inout Quantity, right: Quantity) { left = left - right }

  public static func * (left: Quantity, right: Int64) -> Quantity { left.multiplied(by: right).product }

  /// - Returns: the product, which is exact in any case, and whether its digits fit 64 bits, which is what Kubernetes
  ///   reports.
  public func multiplied(by factor: Int64) -> (product: Quantity, fitsWord: Bool) {
    if case .small(let mantissa, let exponent, let format, _) = storage {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: factor)
      if !overflow {
        return (Quantity(mantissa: product, exponent: product == 0 ? 0 : exponent, format: format), true)
      }
    }
    let product = decimal * factor
    return (Quantity(product, format: format), product.unscaled != nil)
  }

  /// nil when the product does not fit.
  static func multiplied(_ value: Int64, byPowerOfTen exponent: Int) -> Int64? {
    if value == 0 { return 0 }
    guard exponent <= 18 else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: PowersOfTen.integer(exponent))
    return overflow ? nil : product
  }
}
