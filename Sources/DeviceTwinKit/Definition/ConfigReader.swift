import EdgeJSON

/// Reads a protocol's free-form `configData`; each failure names the field.
///
/// Numbers may be written as text: KubeEdge's own samples quote some of them, and values that came through its gRPC
/// interface as 32-bit floats arrive as `502.0`.
struct ConfigReader {
  let data: JSONObject
  let path: String

  func string(_ keys: String...) throws(DefinitionError) -> String? {
    for key in keys {
      guard let value = data[key], !value.isNull else { continue }
      guard let text = value.stringValue else { throw invalid(key, "must be a string") }
      if !text.isEmpty { return text }
    }
    return nil
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(DefinitionError) -> Int? {
    guard let number = try double(key) else { return nil }
    guard let value = Int(exactly: number), range.contains(value) else {
      throw invalid(key, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func double(_ key: String) throws(DefinitionError) -> Double? {
    guard let value = data[key], !value.isNull, value != "" else { return nil }
    let number: Double? =
      if let text = value.stringValue {
        PropertyType.double.parse(text)?.number
      } else {
        value.doubleValue
      }
    guard let number, number.isFinite else { throw invalid(key, "must be a number") }
    return number
  }

  func bool(_ key: String) throws(DefinitionError) -> Bool {
    guard let value = data[key], !value.isNull else { return false }
    if let flag = value.boolValue { return flag }
    switch value.stringValue {
    case "true": return true
    case "false", "": return false
    default: throw invalid(key, "must be true or false")
    }
  }

  func invalid(_ key: String, _ message: String) -> DefinitionError {
    DefinitionError(code: .invalid, field: "\(path).\(key)", message: message)
  }

  func missing(_ key: String, _ message: String) -> DefinitionError {
    DefinitionError(code: .missing, field: "\(path).\(key)", message: message)
  }
}
