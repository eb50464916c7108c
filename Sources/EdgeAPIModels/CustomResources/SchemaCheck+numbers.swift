import EdgeJSON

extension SchemaCheck {
  static func number(_ value: JSONValue, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    problems.count()
    guard let number = value.doubleValue else {
      problems.add(group: "Checked value must be of type \(node.type ?? "number") (default format) in \(path)")
      return problems
    }
    if !isInRange(value, number, node) {
      let format = node.format.map { "with format \($0)" } ?? "(default format)"
      problems.add(group: "Checked value must be of type \(node.type ?? "number") \(format) in \(path)")
    }
    if let factor = node.multipleOf, !isMultiple(value, number, of: factor) {
      invalid(value, "should be a multiple of \(JSONValue.goText(factor))", path, &problems)
    }
    if let bound = node.minimum, bound.isExclusive ? number <= bound.value : number < bound.value {
      let words = bound.isExclusive ? "greater than" : "greater than or equal to"
      invalid(value, "should be \(words) \(JSONValue.goText(bound.value))", path, &problems)
    }
    if let bound = node.maximum, bound.isExclusive ? number >= bound.value : number > bound.value {
      let words = bound.isExclusive ? "less than" : "less than or equal to"
      invalid(value, "should be \(words) \(JSONValue.goText(bound.value))", path, &problems)
    }
    return problems
  }

  private static func isInRange(_ value: JSONValue, _ number: Double, _ node: SchemaNode) -> Bool {
    switch (node.type, node.format) {
    case ("integer", "int32"): abs(number) < 0x1p32 && number.rounded() == number && Int32(exactly: number) != nil
    case ("integer", _): value.integerValue != nil || number >= -0x1p63 && number < 0x1p63
    case ("number", "float"): Float(number).isFinite
    default: true
    }
  }

  private static func isMultiple(_ value: JSONValue, _ number: Double, of factor: Double) -> Bool {
    guard factor > 0 else { return true }
    if let integer = value.integerValue, let divisor = Int64(exactly: factor), divisor > 0 {
      return integer % divisor == 0
    }
    let quotient = factor < 1 ? 1 / factor * number : number / factor
    return abs(quotient - quotient.rounded()) <= 1e-9 * max(1, abs(quotient))
  }
}
