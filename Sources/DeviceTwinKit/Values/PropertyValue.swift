import EdgePrimitives

/// One value of a device property, typed.
///
/// KubeEdge carries every value as text; ``text`` and ``PropertySchema/validate(_:)`` are the two ways across.
public enum PropertyValue: Hashable, Sendable {
  case int(Int64)
  /// Always finite: NaN and the infinities have no JSON form, so drivers report them as bad quality instead.
  case double(Double)
  case bool(Bool)
  case string(String)
  case bytes([UInt8])

  /// The text that KubeEdge's documents carry: shortest decimal form, `true` or `false`, base64 for bytes.
  ///
  /// A whole number stored as `double` prints without a fraction, because KubeEdge compares expected and actual as
  /// text and would otherwise see a difference between `1` and `1.0` for ever.
  public var text: String {
    switch self {
    case .int(let value): String(value)
    case .double(let value):
      if value == value.rounded(), value.magnitude < 1e15 { String(Int64(value)) } else { value.description }
    case .bool(let value): value ? "true" : "false"
    case .string(let value): value
    case .bytes(let value): Base64.encode(value)
    }
  }

  /// The number behind a numeric value; nil for the others.
  public var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    case .bool, .string, .bytes: nil
    }
  }

  /// Whether a device that was asked for `self` and answers `other` did what it was asked.
  ///
  /// - Parameter resolution: the smallest step that the device can represent; half of it is tolerated. Beside it one
  ///   part in a million is, because a value may have travelled as a 32-bit float.
  public func isEquivalent(to other: PropertyValue, resolution: Double = 0) -> Bool {
    if self == other { return true }
    guard let left = number, let right = other.number else { return false }
    if case (.int, .int) = (self, other), resolution <= 1 { return false }
    let tolerance = max(resolution.magnitude / 2 * (1 + 1e-9), max(left.magnitude, right.magnitude) * 1e-6)
    return (left - right).magnitude <= tolerance
  }
}
