import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

/// The content of `device/<namespace>/<name>/state/update`. On KubeEdge's wire it is a JSON *string* that holds this
/// document.
public struct DeviceStateReport: Hashable, Sendable {
  public var deviceName: String
  public var state: DeviceState
  public var lastOnline: Timestamp?

  public init(deviceName: String, state: DeviceState, lastOnline: Timestamp?) {
    self.deviceName = deviceName
    self.state = state
    self.lastOnline = lastOnline
  }

  public init(of twin: DeviceTwin) {
    self.init(deviceName: twin.identity.name, state: twin.state, lastOnline: twin.condition.lastOnline)
  }

  /// The document itself; send its text as a JSON string.
  public func content(eventID: UniqueID, now: Timestamp) -> JSONValue {
    var device: JSONObject = ["name": .string(deviceName), "state": .string(state.rawValue)]
    if let lastOnline { device["lastOnlineTime"] = .string(lastOnline.rfc3339) }
    return [
      "event_id": .string(eventID.rawValue), "timestamp": .integer(now.millisecondsSinceEpoch),
      "device": .object(device),
    ]
  }

  /// Reads the document; nil when it names no device or a state that is none. States are read in any case, as KubeEdge
  /// does.
  public init?(content: JSONValue) {
    guard let device = content["device"], let name = device["name"]?.stringValue,
      let state = device["state"]?.stringValue.flatMap({ DeviceState(rawValue: $0.lowercased()) })
    else { return nil }
    self.init(
      deviceName: name, state: state,
      lastOnline: device["lastOnlineTime"]?.stringValue.flatMap(Timestamp.init(rfc3339:)))
  }

  /// Writes state and time into a DeviceStatus object; everything else in it stays.
  ///
  /// - Returns: whether the object changed.
  @discardableResult
  public func apply(to status: inout UnstructuredObject) -> Bool {
    let before = status
    status["status", "state"] = .string(state.rawValue)
    if let lastOnline { status["status", "lastOnlineTime"] = .string(lastOnline.rfc3339) }
    return status != before
  }
}
