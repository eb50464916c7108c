/// An item as it stands in the journal.
///
/// ```
/// record  = 1 (version) | flags | class | sequence (8, big-endian) | [version (8)] | [highest (8)]
///           | length of the object key (4) | object key | message as on the wire
/// flags   = 1 has a version | 2 has a highest | 4 needs an acknowledgement
///
/// o <object key>             -> record
/// s <number (8)> 0           -> segment = 1 (version) | count (4) | count times: length (4) | record
/// s <number (8)> 1 index (4) -> empty: the item at this place of the segment was given up
/// ```
struct OutboxRecord: Sendable {
  let item: DeliveryItem
  /// Its place in the line.
  let sequence: UInt64
  /// The segment that holds it and its place there; nil for the one record of an object that keeps its latest state
  /// only.
  private(set) var segment: (number: UInt64, index: UInt32)?
  /// The highest version that was taken for the object.
  let highest: UInt64?

  init(item: DeliveryItem, deliveryClass: DeliveryClass, sequence: UInt64, highest: UInt64?) {
    self.item = DeliveryItem(
      objectKey: item.objectKey, version: item.version, message: item.message,
      needsAcknowledgement: item.needsAcknowledgement, deliveryClass: deliveryClass)
    self.sequence = sequence
    self.highest = highest
  }

  init(
    _ bytes: [UInt8], segment: (number: UInt64, index: UInt32)?, limits: MessageLimits
  ) throws(JournalError) {
    self.segment = segment
    var reader = JournalReader(bytes)
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
  }

  static func key(object: String) -> [UInt8] { [objectPrefix] + object.utf8 }

  /// Before all keys of the segment.
  static func key(segment: UInt64) -> [UInt8] {
    var key = [segmentPrefix]
    key.append(bigEndian: segment)
    return key
  }

  static func key(contentOf segment: UInt64) -> [UInt8] { key(segment: segment) + [0] }

  static func key(abandoned index: UInt32, of segment: UInt64) -> [UInt8] {
    var key = key(segment: segment) + [1]
    key.append(bigEndian: index)
    return key
  }

  static let objectPrefix = UInt8(ascii: "o")
  static let segmentPrefix = UInt8(ascii: "s")
  private static let formatVersion: UInt8 = 1

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(item.message.content.bytes.count + item.objectKey.utf8.count + 512)
    encode(into: &bytes)
    return bytes
  }

  func encode(into bytes: inout [UInt8]) {
    bytes.append(Self.formatVersion)
    bytes.append((item.version == nil ? 0 : 1) | (highest == nil ? 0 : 2) | (item.needsAcknowledgement ? 4 : 0))
    bytes.append(item.deliveryClass.rawValue)
    bytes.append(bigEndian: sequence)
    if let version = item.version { bytes.append(bigEndian: version) }
    if let highest { bytes.append(bigEndian: highest) }
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: item.objectKey.utf8.count))
    bytes.append(contentsOf: item.objectKey.utf8)
    item.message.encode(into: &bytes)
  }
}

/// Packs the records of one batch into segments.
struct SegmentWriter {
  /// Nil until the first record of a segment.
  var number: UInt64?
  private var count: UInt32 = 0
  private var bytes: [UInt8] = []

  /// Large enough for a write to carry many items, small enough that its last pending one keeps little alive.
  private static let fullBytes = 64 << 10
  private static let fullCount = 256

  var isFull: Bool { bytes.count >= Self.fullBytes || count >= Self.fullCount }

  /// Returns the record's place.
  mutating func add(_ record: OutboxRecord) -> UInt32 {
    if bytes.isEmpty { bytes = [1, 0, 0, 0, 0] }
    let start = bytes.count
    bytes.append(bigEndian: UInt32(0))
    record.encode(into: &bytes)
    Self.put(UInt32(truncatingIfNeeded: bytes.count - start - 4), at: start, in: &bytes)
    defer { count += 1 }
    return count
  }

  mutating func flush(into operations: inout [JournalOperation]) {
    guard let number else { return }
    Self.put(count, at: 1, in: &bytes)
    operations.append(.put(key: OutboxRecord.key(contentOf: number), value: bytes))
    self = SegmentWriter()
  }

  private static func put(_ number: UInt32, at place: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index)) }
  }
}

/// The journal of an outbox as it is read back, key by key, in any order.
public struct OutboxRecords: Sendable {
  private(set) var records: [OutboxRecord] = []
  private(set) var segments: [UInt64] = []
  private(set) var lastSegment: UInt64 = 0
  private var abandoned: [UInt64: Set<UInt32>] = [:]
  private let limits: MessageLimits

  public init(limits: MessageLimits = .default) { self.limits = limits }

  /// How many items wait to be delivered.
  public var count: Int { pending.count }

  /// What was not given up, in the order of the line.
  var pending: [OutboxRecord] {
    records.filter { record in
      record.segment.map { abandoned[$0.number]?.contains($0.index) != true } ?? true
    }.sorted { $0.sequence < $1.sequence }
  }

  /// Takes one key and its value.
  /// - Throws: ``JournalError`` when they are none of an outbox; nothing was taken.
  public mutating func read(key: [UInt8], value: [UInt8]) throws(JournalError) {
    if key.first == OutboxRecord.objectPrefix {
      let record = try OutboxRecord(value, segment: nil, limits: limits)
      guard key == OutboxRecord.key(object: record.item.objectKey) else {
        throw JournalError("a record under another's key")
      }
      records.append(record)
      return
    }
    guard key.first == OutboxRecord.segmentPrefix else { throw JournalError("a record under another's key") }
    var reader = JournalReader(Array(key.dropFirst()))
    let number = try reader.number()
    // An unreadable segment keeps its number: a new one must not take its place.
    lastSegment = max(lastSegment, number)
    switch try reader.byte() {
    case 0: try read(segment: number, value)
    case 1: abandoned[number, default: []].insert(try reader.shortNumber())
    default: throw JournalError("a record under another's key")
    }
  }

  private mutating func read(segment number: UInt64, _ value: [UInt8]) throws(JournalError) {
    var reader = JournalReader(value)
    guard try reader.byte() == 1 else { throw JournalError("an unknown format") }
    var found: [OutboxRecord] = []
    for index in 0..<(try reader.count()) {
      found.append(
        try OutboxRecord(try reader.framed(), segment: (number, UInt32(truncatingIfNeeded: index)), limits: limits))
    }
    guard reader.isAtEnd else { throw JournalError("it goes on after its end") }
    segments.append(number)
    records += found
  }
}
