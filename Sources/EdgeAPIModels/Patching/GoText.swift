import EdgeJSON

extension JSONValue {
  /// The value as Go's `%v` prints it, by which Kubernetes sorts the elements of merged lists and prints JSONPath results.
  var goText: String {
    switch self {
    case .null: "<nil>"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let number): number.doubleValue.map(Self.goText) ?? number.literal
    case .string(let text): text
    case .array, .object: text
    }
  }

  /// The shortest digits, with an exponent of at least two digits below 1e-4 and from 1e6 on.
  static func goText(_ value: Double) -> String {
    if value == 0 { return value.sign == .minus ? "-0" : "0" }
    let (digits, exponent) = decimalDigits(of: value.magnitude)
    let sign = value < 0 ? "-" : ""
    if exponent < -4 || exponent >= 6 {
      let fraction = digits.dropFirst()
      let magnitude = String(exponent.magnitude)
      return sign + digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
        + (exponent < 0 ? "e-" : "e+") + (magnitude.count < 2 ? "0" : "") + magnitude
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let whole = exponent + 1
    if digits.count <= whole { return sign + digits + String(repeating: "0", count: whole - digits.count) }
    return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
  }

  /// The shortest digits without leading and trailing zeros, and the power of ten of the first.
  private static func decimalDigits(of value: Double) -> (digits: String, exponent: Int) {
    let parts = value.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + mantissa[0].count - 1
    var digits = Substring(mantissa.joined())
    while digits.first == "0", digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.last == "0", digits.count > 1 { digits.removeLast() }
    return (String(digits), exponent)
  }
}

/// Whether the bytes of one text come before those of another, which is how Go compares strings.
func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

/// Values sorted by their text. Of equal texts the last comes first, as upstream's comparison (`<=`) leaves them.
func sortedAsGoDoes(_ values: [JSONValue], by text: (JSONValue) -> String = \.goText) -> [JSONValue] {
  values.enumerated().map { (place: $0.offset, text: text($0.element)) }.sorted { left, right in
    if precedes(left.text, right.text) { return true }
    return left.place > right.place && !precedes(right.text, left.text)
  }.map { values[$0.place] }
}
