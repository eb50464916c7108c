import EdgeJSON

/// What an object said that its type does not know, kept so that writing it again loses nothing.
///
/// Members that came as JSON are written as JSON only, fields that came as protobuf as protobuf only: neither encoding can
/// say what the other one's mean.
public struct UnknownFields: Sendable, Hashable {
  /// Members of the JSON object, in the order in which they came.
  public var json = JSONObject()
  /// Whole protobuf fields, tags and all. Those of inlined messages stand in a field of that message's number.
  public internal(set) var protobuf: [UInt8] = []
  /// Whether an object inside of another, an element of a list for instance, said its `apiVersion`.
  var statesVersion = false
  /// Whether it said its `kind`.
  var statesKind = false

  public init() {}

  public var isEmpty: Bool { json.isEmpty && protobuf.isEmpty }
}
