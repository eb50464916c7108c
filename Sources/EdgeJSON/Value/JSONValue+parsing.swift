extension JSONValue {
  /// Parses one JSON text: strict RFC 8259, valid UTF-8, nothing but white space behind it.
  ///
  /// Time and memory are linear in the length of the text.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
    var scanner = JSONScanner(bytes, limits: limits)
    if bytes.count > limits.maximumBytes {
      throw JSONError(
        code: .sizeExceeded, message: "\(bytes.count) bytes, more than the limit of \(limits.maximumBytes)",
        offset: limits.maximumBytes, line: 1, column: 1)
    }
    self = try scanner.readValue()
    try scanner.finish()
  }

  public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// Parses a copy of the slice; offsets in errors are counted from its beginning.
  public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
    try self.init(parsing: Array(bytes), limits: limits)
  }
}
