import EdgeJSON
import EdgePrimitives

extension PropertyValue {
  /// Type and exact text, so that an `int` does not come back as a `double`.
  fileprivate var snapshotJSON: JSONValue { ["type": .string(typeName), "value": .string(exactText)] }
}

extension TwinValue {
  var snapshotJSON: JSONValue {
    var object: JSONObject = [
      "value": value.snapshotJSON, "timestamp": .string(timestamp.description), "quality": .string(quality.name),
    ]
    if case .bad(let reason) = quality { object["reason"] = .string(reason) }
    return .object(object)
  }
}

extension DesiredValue {
  var snapshotJSON: JSONValue {
    var object: JSONObject = ["version": .string(version.description), "changedAt": .string(changedAt.description)]
    if let text { object["text"] = .string(text) }
    if let expiresAt { object["expiresAt"] = .integer(expiresAt.nanosecondsSinceEpoch) }
    switch state {
    case .attempted(let before):
      object["state"] = "attempted"
      if let before { object["before"] = before.snapshotJSON }
    case .clamped(let actual):
      object["state"] = "clamped"
      object["actual"] = actual.snapshotJSON
    case .refused(let reason):
      object["state"] = "refused"
      object["reason"] = .string(reason)
    case .pending, .applied, .expired, .cleared: object["state"] = .string(state.name)
    }
    return .object(object)
  }
}

extension DesiredRequest {
  var snapshotJSON: JSONValue {
    let members = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    return ["text": .string(text), "metadata": .object(JSONObject(members))]
  }
}

extension DeviceCondition {
  var snapshotJSON: JSONValue {
    var object: JSONObject = [
      "state": .string(state.rawValue), "reason": .string(reason), "timestamp": .string(timestamp.description),
    ]
    if let lastOnline { object["lastOnline"] = .integer(lastOnline.nanosecondsSinceEpoch) }
    return .object(object)
  }
}
