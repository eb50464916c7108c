import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

// `DeviceStatus.status.twins` (devices.kubeedge.io/v1beta1):
//
//   [{"propertyName","reported":{"value","metadata":{"timestamp","type",...}},"observedDesired":{...}}]
//
// Metadata is a map of strings, the timestamp is milliseconds since the epoch as text.
extension TwinReport {
  /// The entries, sorted by property name.
  public var deviceStatusTwins: JSONValue {
    .array(
      properties.sorted { $0.key < $1.key }.map { name, property in
        var entry: JSONObject = ["propertyName": .string(name.rawValue)]
        if let reported = property.reported {
          var metadata = reported.metadata(timestamp: .string(String(reported.timestamp.millisecondsSinceEpoch)))
          metadata["type"] = .string(property.type)
          entry["reported"] = ["value": .string(reported.value), "metadata": .object(metadata)]
        }
        if let desired = property.desired {
          var metadata = desired.metadata(timestamp: .string(String(desired.timestamp.millisecondsSinceEpoch)))
          metadata["type"] = .string(property.type)
          entry["observedDesired"] = ["value": .string(desired.value), "metadata": .object(metadata)]
        }
        return .object(entry)
      })
  }

  /// Reads entries of `status.twins`; those without a possible name are left out.
  public init(deviceStatusTwins twins: JSONValue?) {
    properties = [:]
    for entry in twins?.arrayValue ?? [] {
      guard let name = try? PropertyName(entry["propertyName"]?.stringValue ?? "") else { continue }
      let type = ["reported", "observedDesired"].compactMap { entry[path: [$0, "metadata", "type"]]?.stringValue }.first
      properties[name] = Property(
        type: type ?? "string", reported: entry["reported"].flatMap(Reported.init),
        desired: entry["observedDesired"].flatMap(Desired.init))
    }
  }

  /// Merges this report into a DeviceStatus object: later values win, everything else in the object stays.
  ///
  /// - Returns: whether the object changed; a report that says nothing new needs no write.
  @discardableResult
  public func apply(to status: inout UnstructuredObject) -> Bool {
    var merged = TwinReport(deviceStatusTwins: status["status", "twins"])
    merged.merge(self)
    let twins = merged.deviceStatusTwins
    guard status["status", "twins"] != twins else { return false }
    status["status", "twins"] = twins
    return true
  }
}
