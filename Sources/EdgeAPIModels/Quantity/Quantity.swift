/// An amount of a resource, `100m`, `128Mi`, `2`, `12e6`: a decimal number that is kept exactly, down to billionths, and
/// remembers the notation it is written in.
///
/// A text that is canonical but for its spelling (`+5`, `007Gi`, `9.731M`) prints as it was written, as in Kubernetes;
/// every other prints in canonical form, `0.5` as `500m`. Arithmetic forgets the spelling.
///
/// Two forms, as in Kubernetes: numbers of up to 18 digits are a mantissa and a decimal scale that lie in the value
/// itself (16 bytes, no allocation); longer ones, and binary amounts with fractions or of three digits and more in `Ti`
/// and above, are decimals of any size in a box. The form shows in ``asInt64`` and where ``value`` wraps. Source:
/// `k8s.io/apimachinery/pkg/api/resource`.
///
/// Bounds: ``maximumDigits`` digits and exponents within ``maximumExponent``, so no text costs more than it is long.
/// Fractions below one billionth are rounded up (away from zero), binary amounts are capped at 2^63-1.
public struct Quantity: Sendable {
  /// The notation.
  public enum Format: UInt8, Hashable, Sendable {
    /// `12m`, `12k`, `12M`
    case decimalSI
    /// `12Ki`, `12Mi`
    case binarySI
    /// `12e3`
    case decimalExponent
  }

  /// A power of ten that amounts are counted in.
  public struct Scale: Hashable, Sendable {
    let exponent: Int16

    /// - Returns: nil below -9 and above ``Quantity/maximumExponent``.
    public init?(_ exponent: Int) {
      guard (-9...Quantity.maximumExponent).contains(exponent) else { return nil }
      self.init(trusted: Int16(exponent))
    }

    private init(trusted exponent: Int16) { self.exponent = exponent }

    public static let nano = Scale(trusted: -9)
    public static let micro = Scale(trusted: -6)
    public static let milli = Scale(trusted: -3)
    public static let one = Scale(trusted: 0)
    public static let kilo = Scale(trusted: 3)
    public static let mega = Scale(trusted: 6)
    public static let giga = Scale(trusted: 9)
    public static let tera = Scale(trusted: 12)
    public static let peta = Scale(trusted: 15)
    public static let exa = Scale(trusted: 18)
  }

  enum Storage: Sendable {
    /// `mantissa * 10^exponent`
    case small(mantissa: Int64, exponent: Int16, format: Format, spelling: QuantitySpelling)
    case big(Box, format: Format)
  }

  final class Box: Sendable {
    let decimal: ExactDecimal
    init(_ decimal: ExactDecimal) { self.decimal = decimal }
  }

  var storage: Storage

  /// Digits that a text, and the canonical text of its amount, may have, without leading zeros.
  public static let maximumDigits = 1_024
  /// Exponents that a text may have, in both directions, and its amount's canonical text.
  public static let maximumExponent = 1_024

  public static let zero = Quantity(0)

  init(mantissa: Int64, exponent: Int16, format: Format, spelling: QuantitySpelling = .canonical) {
    storage = .small(mantissa: mantissa, exponent: exponent, format: format, spelling: spelling)
  }

  init(_ decimal: ExactDecimal, format: Format) { storage = .big(Box(decimal), format: format) }

  /// Zero.
  public init() { self.init(0) }

  public init(_ value: Int64, format: Format = .decimalSI) { self.init(mantissa: value, exponent: 0, format: format) }

  public init(milli value: Int64, format: Format = .decimalSI) {
    self.init(mantissa: value, exponent: -3, format: format)
  }

  /// `value` times the power of ten of `scale`.
  public init(_ value: Int64, scale: Scale) {
    self.init(mantissa: value, exponent: scale.exponent, format: .decimalSI)
  }

  public var format: Format {
    get {
      switch storage {
      case .small(_, _, let format, _), .big(_, let format): format
      }
    }
    set {
      switch storage {
      case .small(let mantissa, let exponent, _, _):
        self = Quantity(mantissa: mantissa, exponent: exponent, format: newValue)
      case .big(let box, _): storage = .big(box, format: newValue)
      }
    }
  }

  /// -1, 0 or 1.
  public var signum: Int {
    switch storage {
    case .small(let mantissa, _, _, _): Int(mantissa.signum())
    case .big(let box, _): box.decimal.signum
    }
  }

  public var isZero: Bool { signum == 0 }

  var decimal: ExactDecimal {
    switch storage {
    case .small(let mantissa, let exponent, _, _): ExactDecimal(mantissa, scale: -Int(exponent))
    case .big(let box, _): box.decimal
    }
  }
}

/// By value: `1000m`, `1` and `1e0` are equal.
extension Quantity: Hashable, Comparable {
  public static func == (left: Quantity, right: Quantity) -> Bool { left.compared(to: right) == 0 }
  public static func < (left: Quantity, right: Quantity) -> Bool { left.compared(to: right) < 0 }

  public func hash(into hasher: inout Hasher) {
    var decimal = decimal
    let exponent = decimal.magnitude.removeFactors(of: 10) - decimal.scale
    hasher.combine(decimal.magnitude)
    if !decimal.magnitude.isZero {
      hasher.combine(decimal.isNegative)
      hasher.combine(exponent)
    }
  }

  /// -1, 0 or 1.
  public func compared(to other: Quantity) -> Int {
    guard case .small(let left, let leftExponent, _, _) = storage,
      case .small(let right, let rightExponent, _, _) = other.storage
    else { return decimal.compared(to: other.decimal) }
    if leftExponent == rightExponent { return left < right ? -1 : left == right ? 0 : 1 }
    return leftExponent > rightExponent
      ? Self.compare(left, timesPowerOfTen: Int(leftExponent - rightExponent), with: right)
      : -Self.compare(right, timesPowerOfTen: Int(rightExponent - leftExponent), with: left)
  }

  private static func compare(_ left: Int64, timesPowerOfTen exponent: Int, with right: Int64) -> Int {
    // From 10^19 on, every number but zero is greater than any of 64 bits.
    if exponent > 18 { return left == 0 ? -Int(right.signum()) : Int(left.signum()) }
    let product = left.multipliedFullWidth(by: PowersOfTen.integer(exponent))
    let sign = Int64(right < 0 ? -1 : 0)
    if product.high != sign { return product.high < sign ? -1 : 1 }
    let low = UInt64(bitPattern: right)
    return product.low < low ? -1 : product.low == low ? 0 : 1
  }
}
