/// How a ``StoreSnapshot/Format/records`` snapshot is written: a magic line, the head, leases, changes from the oldest on
/// (as a disk engine would have kept them), and an end that carries the checksum of everything before it.
///
/// All numbers are little-endian. Each record begins with its kind in one byte:
/// ```
///   H  compacted revision i64, revision i64
///   L  lease id i64, time to live in seconds i64
///   P, D  mod revision i64, ordinal i32, create revision i64, version i64, lease i64, key length u32, value length u32,
///         key, value
///   E  CRC-32C of all bytes before this record u32
/// ```
enum SnapshotRecord: Equatable {
  case head(compactedRevision: Revision, revision: Revision)
  case lease(Lease)
  case change(StoreEvent.Kind, StoredVersion)
  case end

  static let magic = Array("edge-store records 1\n".utf8)
  /// No key and no value can be longer, because no request can carry them.
  static let maximumFieldBytes = StoreLimits.maximumRequestBytes
  /// What engines can count to: 43 bits are left beside an ordinal.
  static let revisions = Revision.zero...Revision(rawValue: (1 << 43) - 1)

  fileprivate enum Tag {
    static let head = UInt8(ascii: "H")
    static let lease = UInt8(ascii: "L")
    static let put = UInt8(ascii: "P")
    static let delete = UInt8(ascii: "D")
    static let end = UInt8(ascii: "E")
  }
}

/// Writes records, keeping the checksum of what it has written.
struct SnapshotRecordWriter {
  private(set) var bytes: [UInt8] = []
  private var checksum = CRC32C()

  init() { bytes = SnapshotRecord.magic }

  mutating func write(_ record: SnapshotRecord) {
    switch record {
    case .head(let compactedRevision, let revision):
      bytes.append(SnapshotRecord.Tag.head)
      append(compactedRevision.rawValue)
      append(revision.rawValue)
    case .lease(let lease):
      bytes.append(SnapshotRecord.Tag.lease)
      append(lease.id.rawValue)
      append(lease.timeToLive.components.seconds)
    case .change(let kind, let version):
      let keyValue = version.keyValue
      bytes.append(kind == .put ? SnapshotRecord.Tag.put : SnapshotRecord.Tag.delete)
      append(keyValue.modRevision.rawValue)
      append(version.ordinal)
      append(keyValue.createRevision.rawValue)
      append(keyValue.version)
      append(keyValue.lease.rawValue)
      append(UInt32(keyValue.key.bytes.count))
      append(UInt32(keyValue.value.count))
      bytes += keyValue.key.bytes
      bytes += keyValue.value
    case .end:
      checksum.update(bytes)
      let sum = checksum.value
      bytes.append(SnapshotRecord.Tag.end)
      append(sum)
    }
  }

  /// Hands over what has been written so far.
  mutating func take() -> [UInt8] {
    checksum.update(bytes)
    defer { bytes = [] }
    return bytes
  }

  private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}

/// Reads records from pieces of any size. It holds one record and one piece at a time.
struct SnapshotRecordReader {
  private var buffer: [UInt8] = []
  private var position = 0
  private var checksum = CRC32C()
  private var hasMagic = false
  private var hasEnded = false

  mutating func feed(_ bytes: [UInt8]) {
    buffer.removeSubrange(..<position)
    position = 0
    buffer += bytes
  }

  /// The next record; nil when more bytes are needed for it.
  ///
  /// - Throws: `damaged`.
  mutating func next() throws(StoreError) -> SnapshotRecord? {
    if hasEnded {
      if position < buffer.count { throw Self.damaged("bytes follow its end") }
      return nil
    }
    if !hasMagic {
      let shown = min(buffer.count, SnapshotRecord.magic.count)
      guard buffer[..<shown].elementsEqual(SnapshotRecord.magic[..<shown]) else {
        throw Self.damaged("it does not begin like one")
      }
      if shown < SnapshotRecord.magic.count { return nil }
      consume(shown)
      hasMagic = true
    }
    guard position < buffer.count else { return nil }
    var fields = Fields(buffer: buffer, offset: position + 1)
    let record: SnapshotRecord
    switch buffer[position] {
    case SnapshotRecord.Tag.head:
      guard fields.has(16) else { return nil }
      let compactedRevision = Revision(rawValue: fields.number())
      let revision = Revision(rawValue: fields.number())
      guard SnapshotRecord.revisions.contains(compactedRevision), SnapshotRecord.revisions.contains(revision) else {
        throw Self.damaged("revision \(revision), compacted up to \(compactedRevision), cannot be")
      }
      record = .head(compactedRevision: compactedRevision, revision: revision)
    case SnapshotRecord.Tag.lease:
      guard fields.has(16) else { return nil }
      let id = LeaseID(rawValue: fields.number())
      let seconds: Int64 = fields.number()
      guard id != .none, seconds >= 0, .seconds(seconds) <= Lease.maximumTimeToLive else {
        throw Self.damaged("lease \(id) of \(seconds) s cannot be")
      }
      record = .lease(Lease(id: id, timeToLive: .seconds(seconds)))
    case let tag where tag == SnapshotRecord.Tag.put || tag == SnapshotRecord.Tag.delete:
      guard fields.has(44) else { return nil }
      let modRevision = Revision(rawValue: fields.number())
      let ordinal: Int32 = fields.number()
      let createRevision = Revision(rawValue: fields.number())
      let version: Int64 = fields.number()
      let lease = LeaseID(rawValue: fields.number())
      let keyBytes: UInt32 = fields.number()
      let valueBytes: UInt32 = fields.number()
      guard keyBytes > 0, max(Int(keyBytes), Int(valueBytes)) <= SnapshotRecord.maximumFieldBytes else {
        throw Self.damaged("a key of \(keyBytes) bytes with a value of \(valueBytes) cannot be")
      }
      // A version takes a revision each, so none of these numbers can be larger than the revision.
      guard SnapshotRecord.revisions.contains(modRevision), createRevision >= .zero, createRevision <= modRevision,
        version >= 0, version <= modRevision.rawValue, ordinal >= 0
      else { throw Self.damaged("a change at revision \(modRevision) contradicts itself") }
      guard fields.has(Int(keyBytes) + Int(valueBytes)) else { return nil }
      let keyValue = KeyValue(
        key: StoreKey(fields.bytes(Int(keyBytes))), value: fields.bytes(Int(valueBytes)),
        createRevision: createRevision, modRevision: modRevision, version: version, lease: lease)
      record = .change(
        tag == SnapshotRecord.Tag.put ? .put : .delete, StoredVersion(keyValue: keyValue, ordinal: ordinal))
    case SnapshotRecord.Tag.end:
      guard fields.has(4) else { return nil }
      let sum: UInt32 = fields.number()
      guard sum == checksum.value else { throw Self.damaged("its checksum does not match its content") }
      hasEnded = true
      record = .end
    case let tag:
      throw Self.damaged("it has a record of kind \(tag)")
    }
    consume(fields.offset - position)
    return record
  }

  private mutating func consume(_ count: Int) {
    checksum.update(Array(buffer[position..<position + count]))
    position += count
  }

  static func damaged(_ message: String) -> StoreError {
    StoreError(.damaged, "the snapshot is damaged: \(message)")
  }

  private struct Fields {
    let buffer: [UInt8]
    var offset: Int

    func has(_ count: Int) -> Bool { buffer.count - offset >= count }

    mutating func number<Number: FixedWidthInteger>() -> Number {
      var number: Number = 0
      for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
        number |= Number(truncatingIfNeeded: buffer[offset]) << shift
        offset += 1
      }
      return number
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
      defer { offset += count }
      return Array(buffer[offset..<offset + count])
    }
  }
}
