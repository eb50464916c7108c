import EdgeJSON
import EdgeProtobuf

/// Writes records as protobuf, byte for byte as Go's code does: fields in the order of their numbers, fields that are no
/// pointers also when they are zero. Unknown fields stand at their places among the others.
struct ProtobufRecordWriter: ~Copyable {
  private var sink = ByteSink(reservingCapacity: 1_024)

  private init() {}

  /// - Parameter envelope: whether the object is put in Kubernetes' envelope.
  static func write(_ record: Record, as layout: LayoutPointer, inEnvelope gvk: GroupVersionKind?) -> [UInt8] {
    var writer = ProtobufRecordWriter()
    guard let gvk else {
      writer.putFields(record, layout)
      return writer.sink.bytes
    }
    writer.sink.put(ProtobufEnvelope.magic)
    let type = writer.begin(1)
    writer.put(1, gvk.apiVersion)
    writer.put(2, gvk.kind)
    writer.sink.insertLength(at: type)
    let raw = writer.begin(2)
    writer.putFields(record, layout)
    writer.sink.insertLength(at: raw)
    writer.put(3, "")
    writer.put(4, "")
    return writer.sink.bytes
  }

  // MARK: - Messages

  private mutating func putFields(_ record: Record, _ layout: LayoutPointer) {
    var foreign = record.hasUnknownFields ? ForeignFields(record.unknownFields.protobuf) : ForeignFields()
    // The inlined messages that are open: their numbers, where they began, and the outer message's unknown fields.
    var open: [(number: Int, start: Int, outer: ForeignFields)] = []
    var place = 0
    record.withEntries { entries in
      // Sound: indices in a record are those of its type's members.
      let members = layout.pointee.members.baseAddress.unsafelyUnwrapped
      for index in 0..<layout.pointee.members.count {
        let member = members + index
        var slot: Slot?
        if place < entries.count, Int(entries[place].index) == index {
          slot = entries[place].value
          place &+= 1
        }
        // Members that only JSON has come last.
        if member.pointee.number == 0 { break }
        if !open.isEmpty || !member.pointee.outerNumbers.isEmpty {
          move(to: member.pointee.outerNumbers, &open, &foreign)
        }
        if !foreign.isEmpty { foreign.write(below: member.pointee.number, to: &sink) }
        if let slot, !slot.isNull {
          put(member.pointee.number, slot, member)
        } else if member.pointee.isAlwaysWritten {
          putZero(member.pointee.number, member)
        }
      }
    }
    move(to: [], &open, &foreign)
    if !foreign.isEmpty { foreign.write(below: .max, to: &sink) }
  }

  /// Ends and begins inlined messages until those of `numbers` are open.
  private mutating func move(
    to numbers: [Int], _ open: inout [(number: Int, start: Int, outer: ForeignFields)], _ foreign: inout ForeignFields
  ) {
    var common = 0
    while common < min(open.count, numbers.count), open[common].number == numbers[common] { common += 1 }
    while open.count > common {
      let message = open.removeLast()
      if !foreign.isEmpty { foreign.write(below: .max, to: &sink) }
      foreign = message.outer
      sink.insertLength(at: message.start)
    }
    for number in numbers[common...] {
      foreign.write(below: number, to: &sink)
      let inner = foreign.take(inlined: number)
      open.append((number, begin(number), foreign))
      foreign = inner
    }
  }

  @inline(__always)
  private mutating func tag(_ number: Int, _ wire: WireType) {
    sink.put(varint: UInt64(truncatingIfNeeded: number) << 3 | wire.rawValue)
  }

  /// Writes the tag of a message and leaves a byte for its length; returns where the length belongs.
  @inline(__always)
  private mutating func begin(_ number: Int) -> Int {
    tag(number, .lengthDelimited)
    sink.put(0 as UInt8)
    return sink.count &- 1
  }

  // MARK: - Fields

  private mutating func put(_ number: Int, _ text: String) {
    tag(number, .lengthDelimited)
    sink.put(delimited: text)
  }

  private mutating func put(_ number: Int, _ bytes: [UInt8]) {
    tag(number, .lengthDelimited)
    sink.put(varint: UInt64(bytes.count))
    sink.put(bytes)
  }

  private mutating func put(_ number: Int, varint value: UInt64) {
    tag(number, .varint)
    sink.put(varint: value)
  }

  private mutating func put(_ number: Int, _ slot: Slot, _ member: UnsafePointer<MemberLayout>) {
    switch slot {
    case .null: putZero(number, member)
    case .bool(let flag): put(number, varint: flag ? 1 : 0)
    case .integer(let value): put(number, integer: value, member.pointee.kind)
    case .double(let value):
      tag(number, .fixed64)
      for shift in stride(from: 0, to: 64, by: 8) {
        sink.put(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(shift)))
      }
    case .string(let text):
      if member.pointee.kind == .intOrString { putIntOrString(number, 0, text) } else { put(number, text) }
    case .bytes(let bytes): put(number, bytes)
    case .quantity(let quantity): put(number, quantity)
    case .time(let time): put(number, time, isMicro: member.pointee.kind == .microTime)
    case .raw(let raw): putMessage(number, raw.bytes)
    case .json(let value): putMessage(number, value.serialized())
    case .record(let record): put(number, record, member.pointee.object.unsafelyUnwrapped)
    case .strings(let strings):
      if member.pointee.kind == .strings {
        let start = begin(number)
        for text in strings { put(1, text) }
        sink.insertLength(at: start)
      } else {
        for text in strings { put(number, text) }
      }
    case .records(let records):
      // Sound: a list of records is a member whose elements have a type.
      let layout = member.pointee.element.unsafelyUnwrapped.pointee.object.unsafelyUnwrapped
      for record in records { put(number, record, layout) }
    case .list(let slots):
      let element = member.pointee.element.unsafelyUnwrapped
      for slot in slots { put(number, slot, element) }
    case .stringMap(let map):
      putEntries(number, map) { (writer, text) in writer.put(2, text) }
    case .quantityMap(let map):
      putEntries(number, map) { (writer, quantity) in writer.put(2, quantity) }
    case .map(let map):
      let element = member.pointee.element.unsafelyUnwrapped
      putEntries(number, map) { (writer, slot) in writer.put(2, slot, element) }
    }
  }

  private mutating func put(_ number: Int, integer value: Int64, _ kind: MemberLayout.Kind) {
    switch kind {
    case .intOrString: putIntOrString(number, value, nil)
    case .duration:
      let start = begin(number)
      put(1, varint: UInt64(bitPattern: value))
      sink.insertLength(at: start)
    default: put(number, varint: UInt64(bitPattern: value))
    }
  }

  private mutating func put(_ number: Int, _ record: Record, _ layout: LayoutPointer) {
    let start = begin(number)
    putFields(record, layout)
    sink.insertLength(at: start)
  }

  private mutating func putEntries<Value>(
    _ number: Int, _ map: StringMap<Value>, _ body: (inout ProtobufRecordWriter, Value) -> Void
  ) {
    for entry in map.entries {
      let start = begin(number)
      put(1, entry.key)
      body(&self, entry.value)
      sink.insertLength(at: start)
    }
  }

  private mutating func put(_ number: Int, _ quantity: Quantity) {
    var text: [UInt8] = []
    quantity.append(to: &text)
    putMessage(number, text)
  }

  /// Go writes seconds only, for times, and microseconds, for micro-times; nothing for the zero time.
  private mutating func put(_ number: Int, _ time: MetaTime, isMicro: Bool) {
    let start = begin(number)
    if !time.isZero {
      put(1, varint: UInt64(bitPattern: time.seconds))
      put(2, varint: isMicro ? UInt64(time.nanoseconds / 1_000 * 1_000) : 0)
    }
    sink.insertLength(at: start)
  }

  private mutating func putIntOrString(_ number: Int, _ value: Int64, _ text: String?) {
    let start = begin(number)
    put(1, varint: text == nil ? 0 : 1)
    put(2, varint: UInt64(bitPattern: value))
    put(3, text ?? "")
    sink.insertLength(at: start)
  }

  /// A message of one field that holds the bytes.
  private mutating func putMessage(_ number: Int, _ bytes: [UInt8]) {
    let start = begin(number)
    put(1, bytes)
    sink.insertLength(at: start)
  }

  private mutating func putZero(_ number: Int, _ member: UnsafePointer<MemberLayout>) {
    switch member.pointee.kind {
    case .string: put(number, "")
    case .bool, .int32, .int64, .uint32: put(number, varint: 0)
    case .double: put(number, .double(0), member)
    case .bytes: put(number, [])
    case .quantity: put(number, Quantity())
    case .duration: put(number, integer: 0, .duration)
    case .intOrString: putIntOrString(number, 0, nil)
    case .object: put(number, Record(), member.pointee.object.unsafelyUnwrapped)
    case .time, .microTime, .raw, .json, .strings, .list, .map:
      let start = begin(number)
      sink.insertLength(at: start)
    }
  }
}

/// Unknown protobuf fields of one message, each with its number.
struct ForeignFields {
  private var bytes: [UInt8] = []
  /// Where in ``bytes`` each field lies; a whole message of small fields must not become many arrays.
  private var fields: [(number: Int, range: Range<Int>)] = []
  /// Fields before this one were written or taken.
  private var next = 0

  init() {}

  /// - Parameter bytes: whole fields, as a reader kept them.
  init(_ bytes: [UInt8]) {
    if bytes.isEmpty { return }
    self.bytes = bytes
    bytes.withUnsafeBufferPointer { buffer in
      var cursor = ProtobufCursor(buffer)
      var offset = 0
      while !cursor.isAtEnd, let (number, wire) = try? cursor.readTag(), (try? cursor.skip(wire)) != nil {
        fields.append((number, offset..<cursor.position))
        offset = cursor.position
      }
    }
    // Stable, so that the elements of a list keep their order.
    fields.sort { ($0.number, $0.range.lowerBound) < ($1.number, $1.range.lowerBound) }
  }

  var isEmpty: Bool { next == fields.count }

  mutating func write(below number: Int, to sink: inout ByteSink) {
    bytes.withUnsafeBufferPointer { buffer in
      while next < fields.count, fields[next].number < number {
        sink.put(UnsafeBufferPointer(rebasing: buffer[fields[next].range]))
        next += 1
      }
    }
  }

  /// The unknown fields of an inlined message, which were kept in fields of its number. Those of smaller numbers must have
  /// been written.
  mutating func take(inlined number: Int) -> ForeignFields {
    var inner: [UInt8] = []
    bytes.withUnsafeBufferPointer { buffer in
      while next < fields.count, fields[next].number == number {
        var cursor = ProtobufCursor(UnsafeBufferPointer(rebasing: buffer[fields[next].range]))
        if let (_, wire) = try? cursor.readTag(), let range = try? cursor.readDelimited(wire) {
          inner.append(contentsOf: cursor.bytes[range])
        }
        next += 1
      }
    }
    return ForeignFields(inner)
  }
}
