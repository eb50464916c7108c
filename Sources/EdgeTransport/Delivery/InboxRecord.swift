/// What an ``Inbox`` remembers of one batch of messages, as it stands on the disk.
///
/// ```
/// key   = "b" | number (8, big-endian)
/// value = 1 (version) | count (4) | count times: id | flags | [object key | version (8)]
/// id    = 0 | 16 bytes of a UUID   or   1 | length (4) | text
/// flags = 1 has object key and version
/// ```
public struct InboxRecord: Hashable, Sendable {
  public let number: UInt64
  public let identities: [IncomingIdentity]

  init(number: UInt64, identities: [IncomingIdentity]) {
    self.number = number
    self.identities = identities
  }

  /// Reads a record.
  /// - Throws: ``JournalError`` when the bytes are none.
  public init(key: [UInt8], value: [UInt8]) throws(JournalError) {
    guard key.first == Self.prefix else { throw JournalError("a record under another's key") }
    var keyReader = JournalReader(Array(key.dropFirst()))
    number = try keyReader.number()
    var reader = JournalReader(value)
    guard try reader.byte() == Self.formatVersion else { throw JournalError("an unknown format") }
    var identities: [IncomingIdentity] = []
    for _ in 0..<(try reader.count()) {
      let id = try MessageKey(from: &reader)
      let hasVersion = try reader.byte() & 1 != 0
      // Without a version nothing asks for the object again.
      identities.append(
        IncomingIdentity(
          id: id.text, objectKey: hasVersion ? try reader.text() : "", version: hasVersion ? try reader.number() : nil))
    }
    guard reader.isAtEnd else { throw JournalError("it goes on after its end") }
    self.identities = identities
  }

  public var key: [UInt8] { Self.key(number) }

  static func key(_ number: UInt64) -> [UInt8] {
    var key = [prefix]
    key.append(bigEndian: number)
    return key
  }

  private static let prefix = UInt8(ascii: "b")
  private static let formatVersion: UInt8 = 1

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = [Self.formatVersion]
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: identities.count))
    for identity in identities {
      MessageKey(identity.id).encode(into: &bytes)
      guard let version = identity.version else {
        bytes.append(0)
        continue
      }
      bytes.append(1)
      bytes.append(text: identity.objectKey)
      bytes.append(bigEndian: version)
    }
    return bytes
  }
}

/// A message id in little memory: UUIDs, which nearly all are, take 16 bytes and no allocation.
enum MessageKey: Hashable, Sendable {
  case uuid(UInt64, UInt64)
  case text(String)

  init(_ id: String) {
    self = Self.parse(id) ?? .text(id)
  }

  /// Nil for anything but the lower-case form of a UUID, so that each key has one text.
  private static func parse(_ id: String) -> MessageKey? {
    guard id.utf8.count == 36 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in id.utf8.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      if digits < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
      digits += 1
    }
    return .uuid(words.0, words.1)
  }

  var text: String {
    switch self {
    case .text(let text): return text
    case .uuid(let high, let low):
      let digits = Array("0123456789abcdef".utf8)
      var bytes: [UInt8] = []
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 { bytes.append(UInt8(ascii: "-")) }
        let word = index < 16 ? high : low
        bytes.append(digits[Int(word >> UInt64(60 - 4 * (index % 16)) & 15)])
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  init(from reader: inout JournalReader) throws(JournalError) {
    switch try reader.byte() {
    case 0: self = .uuid(try reader.number(), try reader.number())
    case 1: self = .text(try reader.text())
    default: throw JournalError("an unknown kind of id")
    }
  }

  func encode(into bytes: inout [UInt8]) {
    switch self {
    case .uuid(let high, let low):
      bytes.append(0)
      bytes.append(bigEndian: high)
      bytes.append(bigEndian: low)
    case .text(let text):
      bytes.append(1)
      bytes.append(text: text)
    }
  }
}
