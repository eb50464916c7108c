import EdgeJSON
import EdgePrimitives

// The content of `device/<namespace>/<name>/twin/edge_updated` (pkg/devicetwin/dttype, captured from a real edge):
//
//   {"event_id","timestamp","twin":{name:{"expected":{"value","metadata":{"timestamp"}},"actual":{...},
//    "optional":true,"metadata":{"type"},"expected_version":{"cloud","edge"},"actual_version":{"cloud","edge"}}}}
//
// Quality, state, reason, actual and the hybrid times stand beside the timestamp in the values' metadata, where Go's
// decoder passes over what it does not know.
extension TwinReport {
  /// - Parameter eventID: identifies the message, for correlation only.
  public func edgeUpdatedContent(eventID: UniqueID, now: Timestamp) -> JSONValue {
    var twin = JSONObject()
    for (name, property) in properties.sorted(by: { $0.key < $1.key }) {
      var entry = JSONObject()
      if let desired = property.desired { entry["expected"] = desired.messageJSON }
      if let reported = property.reported { entry["actual"] = reported.messageJSON }
      entry["optional"] = true
      entry["metadata"] = ["type": .string(property.type)]
      if let version = property.desired?.changed { entry["expected_version"] = Self.counters(version) }
      if let version = property.reported?.version { entry["actual_version"] = Self.counters(version) }
      twin[name.rawValue] = .object(entry)
    }
    return [
      "event_id": .string(eventID.rawValue), "timestamp": .integer(now.millisecondsSinceEpoch), "twin": .object(twin),
    ]
  }

  /// Reads what ``edgeUpdatedContent(eventID:now:)`` or a KubeEdge edge wrote. Properties with impossible names and
  /// tombstones (null) are left out; nil when there is no `twin` object at all.
  public init?(edgeUpdatedContent content: JSONValue) {
    guard let twin = content["twin"]?.objectValue else { return nil }
    properties = [:]
    for (key, entry) in twin {
      guard let name = try? PropertyName(key), entry.objectValue != nil else { continue }
      properties[name] = Property(
        type: entry[path: ["metadata", "type"]]?.stringValue ?? "string",
        reported: entry["actual"].flatMap(Reported.init),
        desired: entry["expected"].flatMap(Desired.init))
    }
  }

  // KubeEdge wants a number that grows with each write at the edge; the hybrid time is one, with room for 65536 events
  // in a millisecond until the year 6429.
  private static func counters(_ version: HybridTimestamp) -> JSONValue {
    ["cloud": 0, "edge": .integer(version.wallMilliseconds << 16 | Int64(min(version.counter, 0xFFFF)))]
  }
}

extension TwinReport.Reported {
  fileprivate var messageJSON: JSONValue {
    ["value": .string(value), "metadata": .object(metadata(timestamp: .integer(timestamp.millisecondsSinceEpoch)))]
  }

  func metadata(timestamp: JSONValue) -> JSONObject {
    var metadata: JSONObject = ["timestamp": timestamp]
    metadata["quality"] = quality.map { .string($0) }
    metadata["reason"] = reason.map { .string($0) }
    metadata["version"] = version.map { .string($0.description) }
    return metadata
  }

  init?(_ json: JSONValue) {
    guard let value = json["value"]?.stringValue else { return nil }
    let metadata = json["metadata"] ?? [:]
    self.init(
      value: value, timestamp: Timestamp(twinMetadata: metadata), quality: metadata["quality"]?.stringValue,
      reason: metadata["reason"]?.stringValue, version: metadata["version"]?.stringValue.flatMap(HybridTimestamp.init))
  }
}

extension TwinReport.Desired {
  fileprivate var messageJSON: JSONValue {
    ["value": .string(value), "metadata": .object(metadata(timestamp: .integer(timestamp.millisecondsSinceEpoch)))]
  }

  func metadata(timestamp: JSONValue) -> JSONObject {
    var metadata: JSONObject = ["timestamp": timestamp]
    metadata["state"] = state.map { .string($0) }
    metadata["reason"] = reason.map { .string($0) }
    metadata["actual"] = actual.map { .string($0) }
    metadata["version"] = version.map { .string($0.description) }
    metadata["changed"] = changed.map { .string($0.description) }
    return metadata
  }

  init?(_ json: JSONValue) {
    guard let value = json["value"]?.stringValue else { return nil }
    let metadata = json["metadata"] ?? [:]
    self.init(
      value: value, timestamp: Timestamp(twinMetadata: metadata), state: metadata["state"]?.stringValue,
      reason: metadata["reason"]?.stringValue, actual: metadata["actual"]?.stringValue,
      version: metadata["version"]?.stringValue.flatMap(HybridTimestamp.init),
      changed: metadata["changed"]?.stringValue.flatMap(HybridTimestamp.init))
  }
}

extension Timestamp {
  // A number in messages, text in resources (map[string]string).
  fileprivate init(twinMetadata metadata: JSONValue) {
    let timestamp = metadata["timestamp"]
    let milliseconds = timestamp?.integerValue ?? timestamp?.stringValue.flatMap { Int64($0) }
    self.init(millisecondsSinceEpoch: milliseconds ?? 0)
  }
}
