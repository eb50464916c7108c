#if Networking
import NIOHTTP1

/// Header fields in the order they were sent; names compare without regard to ASCII case (RFC 9110, section 5.1).
public struct HTTPHeaderList: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  public struct Field: Sendable, Hashable {
    public var name: String
    public var value: String
  }

  public private(set) var fields: [Field]

  public init() { fields = [] }

  public init(_ fields: [(String, String)]) {
    self.fields = fields.map { Field(name: $0.0, value: $0.1) }
  }

  public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

  /// The value of the first field of that name.
  public func first(name: String) -> String? {
    fields.first { equalIgnoringCase($0.name, name) }?.value
  }

  /// The values of all fields of that name, in order.
  public func all(name: String) -> [String] {
    fields.filter { equalIgnoringCase($0.name, name) }.map(\.value)
  }

  public mutating func append(name: String, value: String) { fields.append(Field(name: name, value: value)) }
}

extension HTTPHeaderList {
  init(_ headers: HTTPHeaders) { fields = headers.map { Field(name: $0.name, value: $0.value) } }
}

func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
  func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
  return left.utf8.elementsEqual(right.utf8) { folded($0) == folded($1) }
}
#endif
