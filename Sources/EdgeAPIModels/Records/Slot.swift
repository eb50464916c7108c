import EdgeJSON

/// The value of one member.
enum Slot: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case quantity(Quantity)
  /// Also micro-times, which differ in how they are written only.
  case time(MetaTime)
  /// The text of a JSON value, or an object in protobuf's envelope.
  case raw(RawText)
  case json(JSONValue)
  case record(Record)
  case strings([String])
  case records([Record])
  case list([Slot])
  case stringMap(StringMap<String>)
  case quantityMap(StringMap<Quantity>)
  case map(StringMap<Slot>)

  var isNull: Bool { if case .null = self { true } else { false } }
}
