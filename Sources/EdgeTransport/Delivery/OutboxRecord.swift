/// An item as it stands in the journal.
///
/// ```
/// value = 1 (version) | flags | class | sequence (8, big-endian) | [version (8)] | [highest (8)]
///         | length of the object key (4) | object key | message as on the wire
/// flags = 1 has a version | 2 has a highest | 4 needs an acknowledgement
/// ```
public struct OutboxRecord: Hashable, Sendable {
  public let item: DeliveryItem
  /// Its place in the line.
  public let sequence: UInt64
  /// The number in its key; nil for the one record of an object that keeps its latest state only.
  public let number: UInt64?
  /// The highest version that was taken for the object.
  public let highest: UInt64?

  init(item: DeliveryItem, deliveryClass: DeliveryClass, sequence: UInt64, number: UInt64?, highest: UInt64?) {
    self.item = DeliveryItem(
      objectKey: item.objectKey, version: item.version, message: item.message,
      needsAcknowledgement: item.needsAcknowledgement, deliveryClass: deliveryClass)
    self.sequence = sequence
    self.number = number
    self.highest = highest
  }

  /// Reads a record.
  /// - Throws: ``JournalError`` when the bytes are none.
  public init(key: [UInt8], value: [UInt8], limits: MessageLimits = .default) throws(JournalError) {
    var reader = JournalReader(value)
    guard try reader.byte() == Self.formatVersion else { throw JournalError("an unknown format") }
    let flags = try reader.byte()
    guard let deliveryClass = DeliveryClass(rawValue: try reader.byte()) else { throw JournalError("an unknown class") }
    sequence = try reader.number()
    let version = flags & 1 == 0 ? nil : try reader.number()
    highest = flags & 2 == 0 ? nil : try reader.number()
    let objectKey = try reader.text()
    let message: EdgeMessage
    do throws(MessageError) {
      message = try EdgeMessage(decoding: reader.rest(), limits: limits)
    } catch {
      throw JournalError("\(error)")
    }
    item = DeliveryItem(
      objectKey: objectKey, version: version, message: message, needsAcknowledgement: flags & 4 != 0,
      deliveryClass: deliveryClass)
    if key.first == Self.numberedPrefix {
      var keyReader = JournalReader(Array(key.dropFirst()))
      number = try keyReader.number()
    } else {
      number = nil
    }
    guard key == self.key else { throw JournalError("a record under another's key") }
  }

  /// Where the record stands, relative to the journal's prefix.
  public var key: [UInt8] { number.map { Self.key(number: $0) } ?? Self.key(object: item.objectKey) }

  static func key(object: String) -> [UInt8] { [objectPrefix] + object.utf8 }
  static func key(number: UInt64) -> [UInt8] {
    var key = [numberedPrefix]
    key.append(bigEndian: number)
    return key
  }

  private static let objectPrefix = UInt8(ascii: "o")
  private static let numberedPrefix = UInt8(ascii: "q")
  private static let formatVersion: UInt8 = 1

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(item.message.content.bytes.count + item.objectKey.utf8.count + 512)
    bytes.append(Self.formatVersion)
    bytes.append((item.version == nil ? 0 : 1) | (highest == nil ? 0 : 2) | (item.needsAcknowledgement ? 4 : 0))
    bytes.append(item.deliveryClass.rawValue)
    bytes.append(bigEndian: sequence)
    if let version = item.version { bytes.append(bigEndian: version) }
    if let highest { bytes.append(bigEndian: highest) }
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: item.objectKey.utf8.count))
    bytes.append(contentsOf: item.objectKey.utf8)
    item.message.encode(into: &bytes)
    return bytes
  }
}
