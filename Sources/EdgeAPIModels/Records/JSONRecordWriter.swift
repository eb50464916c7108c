import EdgeJSON
import EdgePrimitives

/// Writes records as JSON: the members in the order of their type, then those that the type does not know.
struct JSONRecordWriter: ~Copyable {
  private var sink: ByteSink
  private let escaping: JSONEscaping

  private init(escaping: JSONEscaping) {
    self.escaping = escaping
    sink = ByteSink(reservingCapacity: 1_024)
  }

  /// - Parameter statesType: whether an object says its `apiVersion` and `kind` even if it did not when it was read.
  static func write(
    _ record: Record, as layout: LayoutPointer, statesType: Bool, escaping: JSONEscaping
  ) -> [UInt8] {
    var writer = JSONRecordWriter(escaping: escaping)
    writer.put(record, layout, statesType: statesType)
    return writer.sink.bytes
  }

  private mutating func put(_ record: Record, _ layout: LayoutPointer, statesType: Bool) {
    if layout.pointee.isUnion { return putUnion(record, layout) }
    sink.put(JSONByte.openBrace)
    let unknown = record.hasUnknownFields ? record.unknownFields : nil
    if let gvk = layout.pointee.gvk {
      if statesType || unknown?.statesVersion == true { put(typeMember: "apiVersion", gvk.apiVersion) }
      if statesType || unknown?.statesKind == true { put(typeMember: "kind", gvk.kind) }
    }
    // Sound: indices in a record are those of its type's members.
    let members = layout.pointee.members.baseAddress.unsafelyUnwrapped
    record.withEntries { entries in
      for entry in entries {
        let member = members + Int(entry.index)
        sink.put(padded: member.pointee.key)
        put(entry.value, member)
        sink.put(JSONByte.comma)
      }
    }
    if let unknown { putUnknown(unknown.json) }
    sink.drop(last: JSONByte.comma)
    sink.put(JSONByte.closeBrace)
  }

  private mutating func put(typeMember name: StaticString, _ text: String) {
    sink.putKey(name)
    sink.put(jsonString: text, escaping: escaping)
    sink.put(JSONByte.comma)
  }

  private mutating func putUnknown(_ members: JSONObject) {
    for (key, value) in members {
      sink.put(jsonString: key, escaping: escaping)
      sink.put(JSONByte.colon)
      put(value)
      sink.put(JSONByte.comma)
    }
  }

  /// Of a union, the member that says most.
  private mutating func putUnion(_ record: Record, _ layout: LayoutPointer) {
    let members = layout.pointee.members
    let told = record.withEntries { entries in
      entries.last { !$0.value.isNull && members[Int($0.index)].kind != .bool } ?? entries.last
    }
    guard let told else { return sink.put("null") }
    put(told.value, members.baseAddress.unsafelyUnwrapped + Int(told.index))
  }

  private mutating func put(_ value: JSONValue) { sink.put(value.serialized(JSONStyle(escaping: escaping))) }

  private mutating func put(_ slot: Slot, _ member: UnsafePointer<MemberLayout>) {
    switch slot {
    case .null: sink.put("null")
    case .bool(let flag): sink.put(flag ? "true" : "false")
    case .integer(let value):
      if member.pointee.kind == .duration { putDuration(value) } else { sink.put(integer: value) }
    case .double(let value): put(value)
    case .string(let text): sink.put(jsonString: text, escaping: escaping)
    case .bytes(let bytes): sink.put(jsonString: Base64.encode(bytes), escaping: escaping)
    case .quantity(let quantity): put(quantity)
    case .time(let time): put(time, isMicro: member.pointee.kind == .microTime)
    case .raw(let raw): putRaw(raw)
    case .json(let value): put(value)
    case .record(let record):
      put(record, member.pointee.object.unsafelyUnwrapped, statesType: false)
    case .strings(let strings):
      putList(strings) { (writer, text) in writer.sink.put(jsonString: text, escaping: writer.escaping) }
    case .records(let records):
      // Sound: a list of records is a member whose elements have a type.
      let layout = member.pointee.element.unsafelyUnwrapped.pointee.object.unsafelyUnwrapped
      putList(records) { (writer, record) in writer.put(record, layout, statesType: false) }
    case .list(let slots):
      let element = member.pointee.element.unsafelyUnwrapped
      putList(slots) { (writer, slot) in writer.put(slot, element) }
    case .stringMap(let map):
      putMap(map) { (writer, text) in writer.sink.put(jsonString: text, escaping: writer.escaping) }
    case .quantityMap(let map): putMap(map) { (writer, quantity) in writer.put(quantity) }
    case .map(let map):
      let element = member.pointee.element.unsafelyUnwrapped
      putMap(map) { (writer, slot) in writer.put(slot, element) }
    }
  }

  @inline(__always)
  private mutating func putList<Element>(
    _ elements: [Element], _ body: (inout JSONRecordWriter, Element) -> Void
  ) {
    sink.put(JSONByte.openBracket)
    for element in elements {
      body(&self, element)
      sink.put(JSONByte.comma)
    }
    sink.drop(last: JSONByte.comma)
    sink.put(JSONByte.closeBracket)
  }

  @inline(__always)
  private mutating func putMap<Value>(_ map: StringMap<Value>, _ body: (inout JSONRecordWriter, Value) -> Void) {
    sink.put(JSONByte.openBrace)
    for entry in map.entries {
      sink.put(jsonString: entry.key, escaping: escaping)
      sink.put(JSONByte.colon)
      body(&self, entry.value)
      sink.put(JSONByte.comma)
    }
    sink.drop(last: JSONByte.comma)
    sink.put(JSONByte.closeBrace)
  }

  private mutating func put(_ value: Double) {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
      sink.put(integer: whole)
    } else {
      sink.put(Array((JSONNumber(value)?.literal ?? "null").utf8))
    }
  }

  private mutating func put(_ quantity: Quantity) {
    sink.put(JSONByte.quote)
    sink.put { bytes in quantity.append(to: &bytes) }
    sink.put(JSONByte.quote)
  }

  private mutating func put(_ time: MetaTime, isMicro: Bool) {
    if time.isZero { return sink.put("null") }
    sink.put(JSONByte.quote)
    sink.put { bytes in
      if isMicro {
        MicroTime(seconds: time.seconds, nanoseconds: time.nanoseconds).append(to: &bytes)
      } else {
        time.append(to: &bytes)
      }
    }
    sink.put(JSONByte.quote)
  }

  private mutating func putDuration(_ nanoseconds: Int64) {
    sink.put(JSONByte.quote)
    sink.put { bytes in GoDuration(nanoseconds: nanoseconds).append(to: &bytes) }
    sink.put(JSONByte.quote)
  }

  /// What no JSON can say is written as base64, so that at least nothing is lost.
  private mutating func putRaw(_ raw: RawText) {
    if raw.bytes.isEmpty {
      sink.put("null")
    } else if raw.isJSON {
      sink.put(raw.bytes)
    } else {
      sink.put(jsonString: Base64.encode(raw.bytes), escaping: escaping)
    }
  }
}
