import EdgeJSON
import EdgePrimitives

/// All of a twin that outlives its process, as one JSON document of a few hundred bytes per property.
///
/// What is not in it is not needed after a restart: schemas come from the Device object, the link starts down, and
/// missed cycles are counted anew.
public struct TwinSnapshot: Hashable, Sendable {
  public let identity: DeviceIdentity
  public let document: TwinDocument
  public let clock: HybridTimestamp
  let seenRequests: [PropertyName: DesiredRequest]

  init(
    identity: DeviceIdentity, document: TwinDocument, clock: HybridTimestamp,
    seenRequests: [PropertyName: DesiredRequest]
  ) {
    self.identity = identity
    self.document = document
    self.clock = clock
    self.seenRequests = seenRequests
  }

  private static let format: Int64 = 1

  /// Reads what ``bytes`` wrote.
  ///
  /// - Throws: ``TwinError`` for anything else; there is no partial result.
  public init(bytes: [UInt8]) throws(TwinError) {
    let root: JSONValue
    do {
      root = try JSONValue(parsing: bytes)
    } catch {
      throw TwinError(code: .damagedSnapshot, message: "not JSON", cause: error)
    }
    guard let format = root["format"]?.integerValue else {
      throw TwinError(code: .damagedSnapshot, message: "format is missing")
    }
    guard format == Self.format else { throw TwinError(code: .unknownFormat, message: "format \(format)") }
    let reader = SnapshotReader(root)
    identity = DeviceIdentity(
      namespace: try reader.string("device", "namespace"), name: try reader.string("device", "name"),
      uid: root[path: ["device", "uid"]]?.stringValue)
    clock = try reader.stamp("clock")
    var properties: [PropertyName: PropertyTwin] = [:]
    var requests: [PropertyName: DesiredRequest] = [:]
    for (key, value) in try reader.object("properties") {
      guard let name = try? PropertyName(key) else {
        throw TwinError(code: .damagedSnapshot, message: "properties: invalid property name")
      }
      let property = SnapshotReader(value, path: "properties.\(key)")
      properties[name] = PropertyTwin(
        desired: try property.nested("desired")?.desired(), reported: try property.nested("reported")?.reported())
      requests[name] = try property.nested("request")?.request()
    }
    document = TwinDocument(properties: properties, condition: try reader.condition("condition"))
    seenRequests = requests
  }

  /// The stored form: compact JSON, members in a fixed order.
  public var bytes: [UInt8] {
    var device: JSONObject = ["namespace": .string(identity.namespace), "name": .string(identity.name)]
    if let uid = identity.uid { device["uid"] = .string(uid) }
    var properties = JSONObject()
    for (name, property) in document.properties.sorted(by: { $0.key < $1.key }) {
      var object = JSONObject()
      if let desired = property.desired { object["desired"] = desired.snapshotJSON }
      if let reported = property.reported { object["reported"] = reported.snapshotJSON }
      if let request = seenRequests[name] { object["request"] = request.snapshotJSON }
      properties[name.rawValue] = .object(object)
    }
    let root: JSONValue = [
      "format": .integer(Self.format), "device": .object(device), "clock": .string(clock.description),
      "condition": document.condition.snapshotJSON, "properties": .object(properties),
    ]
    return root.serialized()
  }
}
