import EdgeAPIModels
import EdgeJSON

/// What a node holds, told to the cloud when a session begins; the cloud answers with the difference.
///
/// KubeEdge keeps this knowledge in the cloud (ObjectSync) and believes it even when the node has lost its database
/// (FF-05) or a delete belongs to an earlier life of the node. Asking the node is always right, and costs about 60 bytes
/// an object.
public struct Inventory: Hashable, Sendable {
  /// Names this life of the node's database; another epoch means that everything was lost in between.
  public var epoch: String
  public var entries: [ObjectKey: ObjectDigest]

  public init(epoch: String, entries: [ObjectKey: ObjectDigest]) {
    self.epoch = epoch
    self.entries = entries
  }

  /// `{"epoch": "...", "objects": [["devices.kubeedge.io", "devices", "default", "sensor-01", "<digest>"], ...]}`
  public var json: JSONValue {
    let objects = entries.sorted { $0.key < $1.key }.map { key, digest -> JSONValue in
      [
        .string(key.resource.group), .string(key.resource.resource), .string(key.namespace ?? ""), .string(key.name),
        .string(digest.description),
      ]
    }
    return ["epoch": .string(epoch), "objects": .array(objects)]
  }

  /// Nil when the value does not have the form of ``json``.
  public init?(json: JSONValue) {
    guard let epoch = json["epoch"]?.stringValue, let objects = json["objects"]?.arrayValue else { return nil }
    var entries: [ObjectKey: ObjectDigest] = [:]
    for object in objects {
      guard let fields = object.arrayValue, fields.count == 5, let group = fields[0].stringValue,
        let resource = fields[1].stringValue, let namespace = fields[2].stringValue, let name = fields[3].stringValue,
        let digest = fields[4].stringValue.flatMap({ ObjectDigest($0) })
      else { return nil }
      let key = ObjectKey(
        resource: GroupResource(group: group, resource: resource), namespace: namespace.isEmpty ? nil : namespace,
        name: name)
      entries[key] = digest
    }
    self.init(epoch: epoch, entries: entries)
  }
}
