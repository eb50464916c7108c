import EdgeJSON

extension Quantity {
  /// Reads a JSON string or number, as Kubernetes does: white space around the amount is dropped, null is zero.
  public init(json: JSONValue) throws(QuantityError) {
    switch json {
    case .null: self = .zero
    case .string(let text): try self.init(parsing: Self.trimmed(text))
    case .integer(let value): self.init(value)
    case .number(let number): try self.init(parsing: number.literal)
    default: throw .format
    }
  }

  /// A string.
  public var json: JSONValue {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return .string(String(decoding: bytes, as: UTF8.self))
  }

  private static func trimmed(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
      first.properties.isWhitespace || last.properties.isWhitespace
    else { return text }
    let tail = text.unicodeScalars.drop { $0.properties.isWhitespace }
    let end = tail.lastIndex { !$0.properties.isWhitespace }.map { tail.index(after: $0) } ?? tail.startIndex
    return String(tail[..<end])
  }
}

extension Quantity: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .zero
      return
    }
    do {
      if let text = try? container.decode(String.self) {
        try self.init(parsing: Self.trimmed(text))
      } else if let value = try? container.decode(Int64.self) {
        self.init(value)
      } else {
        try self.init(parsing: String(describing: try container.decode(Double.self)))
      }
    } catch let error as QuantityError {
      throw DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: error.message, underlyingError: error))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    var bytes: [UInt8] = []
    append(to: &bytes)
    try container.encode(String(decoding: bytes, as: UTF8.self))
  }
}
