import EdgeJSON
import EdgePrimitives

/// Reads the members of one object of a snapshot; each failure names the member.
struct SnapshotReader {
  private let value: JSONValue
  private let path: String

  init(_ value: JSONValue, path: String = "") {
    self.value = value
    self.path = path
  }

  func string(_ keys: String...) throws(TwinError) -> String {
    guard let text = value[path: keys]?.stringValue else { throw damaged(keys) }
    return text
  }

  func stamp(_ key: String) throws(TwinError) -> HybridTimestamp {
    guard let stamp = HybridTimestamp(try string(key)) else { throw damaged([key]) }
    return stamp
  }

  func object(_ key: String) throws(TwinError) -> JSONObject {
    guard let object = value[key]?.objectValue else { throw damaged([key]) }
    return object
  }

  /// Nil when there is no such member.
  func nested(_ key: String) throws(TwinError) -> SnapshotReader? {
    guard let member = value[key] else { return nil }
    guard member.objectValue != nil else { throw damaged([key]) }
    return SnapshotReader(member, path: path.isEmpty ? key : path + "." + key)
  }

  func propertyValue(_ key: String) throws(TwinError) -> PropertyValue {
    guard let member = try nested(key) else { throw damaged([key]) }
    let text = try member.string("value")
    let value: PropertyValue? =
      switch try member.string("type") {
      case "int": PropertyType.int.parse(text)
      case "double": PropertyType.double.parse(text)
      case "bool": PropertyType.boolean.parse(text)
      case "string": .string(text)
      case "bytes": PropertyType.bytes.parse(text)
      default: nil
      }
    guard let value else { throw damaged([key]) }
    return value
  }

  func reported() throws(TwinError) -> TwinValue {
    let quality: ValueQuality
    switch try string("quality") {
    case "good": quality = .good
    case "stale": quality = .stale
    case "bad": quality = .bad(reason: try string("reason"))
    default: throw damaged(["quality"])
    }
    return TwinValue(value: try propertyValue("value"), timestamp: try stamp("timestamp"), quality: quality)
  }

  func desired() throws(TwinError) -> DesiredValue {
    let state: DesiredState
    switch try string("state") {
    case "pending": state = .pending
    case "attempted": state = .attempted(before: value["before"] == nil ? nil : try propertyValue("before"))
    case "applied": state = .applied
    case "clamped": state = .clamped(actual: try propertyValue("actual"))
    case "refused": state = .refused(reason: try string("reason"))
    case "expired": state = .expired
    case "cleared": state = .cleared
    default: throw damaged(["state"])
    }
    return DesiredValue(
      text: value["text"]?.stringValue, version: try stamp("version"),
      expiresAt: value["expiresAt"]?.integerValue.map(Timestamp.init(nanosecondsSinceEpoch:)), state: state,
      changedAt: try stamp("changedAt"))
  }

  func request() throws(TwinError) -> DesiredRequest {
    var metadata: [String: String] = [:]
    for (key, member) in try object("metadata") { metadata[key] = member.stringValue }
    return DesiredRequest(text: try string("text"), metadata: metadata)
  }

  func condition(_ key: String) throws(TwinError) -> DeviceCondition {
    guard let member = try nested(key), let state = DeviceState(rawValue: try member.string("state")) else {
      throw damaged([key])
    }
    return DeviceCondition(
      state: state, reason: try member.string("reason"),
      lastOnline: member.value["lastOnline"]?.integerValue.map(Timestamp.init(nanosecondsSinceEpoch:)),
      timestamp: try member.stamp("timestamp"))
  }

  private func damaged(_ keys: [String]) -> TwinError {
    let place = (path.isEmpty ? [] : [path]) + keys
    return TwinError(code: .damagedSnapshot, message: "\(place.joined(separator: ".")) is missing or invalid")
  }
}
