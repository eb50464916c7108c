/// Why a text is no quantity.
public struct QuantityError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// Not a number followed by letters and digits.
    public static let format = Code(rawValue: "format")
    /// The number is good, what follows is no suffix and no exponent.
    public static let suffix = Code(rawValue: "suffix")
    /// A suffix without a single digit before it.
    public static let numeric = Code(rawValue: "numeric")
    /// More than ``Quantity/maximumDigits`` digits, or an exponent beyond ``Quantity/maximumExponent``. Kubernetes takes
    /// such texts and then spends memory on them.
    public static let outOfRange = Code(rawValue: "outOfRange")
  }

  public let code: Code
  /// In the words of Kubernetes where it refuses too.
  public let message: String

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  static let format = QuantityError(
    code: .format,
    message: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  static let suffix = QuantityError(code: .suffix, message: "unable to parse quantity's suffix")
  static let numeric = QuantityError(code: .numeric, message: "unable to parse numeric part of quantity")
  static let outOfRange = QuantityError(
    code: .outOfRange,
    message: "quantities have at most \(Quantity.maximumDigits) digits and exponents up to \(Quantity.maximumExponent)")
}
