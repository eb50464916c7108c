import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static func storage(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("", "PersistentVolume"): volume
    case ("", "PersistentVolumeClaim"): claim
    case ("storage.k8s.io", "StorageClass"): storageClass
    default: nil
    }
  }

  private static let volume = TableLayout([
    .name,
    CellColumn("Capacity", "Size of the volume") { object, _ in
      .string(size(object[path: ["spec", "capacity", "storage"]]))
    },
    CellColumn("Access Modes", "How the volume may be used") { object, _ in
      .string(modes(object["spec"]?["accessModes"]))
    },
    .text("Reclaim Policy", "What becomes of a released volume", ["spec", "persistentVolumeReclaimPolicy"]),
    CellColumn("Status", "Phase of the volume") { object, _ in .string(phase(object)) },
    CellColumn("Claim", "Claim that the volume belongs to") { object, _ in
      guard let claim = object["spec"]?["claimRef"], claim.objectValue != nil else { return "" }
      return .string("\(claim["namespace"]?.stringValue ?? "")/\(claim["name"]?.stringValue ?? "")")
    }, CellColumn("StorageClass", "Class of the volume") { object, _ in .string(className(object)) },
    .text(
      "VolumeAttributesClass", "Attributes of the volume", ["spec", "volumeAttributesClassName"], absent: "<unset>"),
    .text("Reason", "Why the volume failed", ["status", "reason"]), .age,
    .text("VolumeMode", "File system or block device", ["spec", "volumeMode"], absent: "<unset>", priority: 1),
  ])

  private static let claim = TableLayout([
    .name, CellColumn("Status", "Phase of the claim") { object, _ in .string(phase(object)) },
    .text("Volume", "Volume that the claim is bound to", ["spec", "volumeName"]),
    CellColumn("Capacity", "Size of the volume") { object, _ in
      .string(isBound(object) ? size(object[path: ["status", "capacity", "storage"]]) : "")
    },
    CellColumn("Access Modes", "How the volume may be used") { object, _ in
      .string(isBound(object) ? modes(object["status"]?["accessModes"]) : "")
    }, CellColumn("StorageClass", "Class of the volume") { object, _ in .string(className(object)) },
    .text(
      "VolumeAttributesClass", "Attributes of the volume", ["spec", "volumeAttributesClassName"], absent: "<unset>"),
    .age, .text("VolumeMode", "File system or block device", ["spec", "volumeMode"], absent: "<unset>", priority: 1),
  ])

  private static let storageClass = TableLayout([
    CellColumn("Name", format: "name", CellColumn.name.column.description) { object, now in
      let isDefault = [
        "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
      ].contains { object["metadata"]?["annotations"]?[$0] == "true" }
      let name = object["metadata"]?["name"]?.stringValue ?? ""
      return .string(isDefault ? "\(name) (default)" : name)
    }, .text("Provisioner", "Who makes volumes of the class", ["provisioner"]),
    .text("ReclaimPolicy", "What becomes of released volumes", ["reclaimPolicy"], absent: "Delete"),
    .text("VolumeBindingMode", "When a volume is chosen", ["volumeBindingMode"], absent: "Immediate"),
    CellColumn("AllowVolumeExpansion", "Whether volumes may grow") { object, _ in
      .bool(object["allowVolumeExpansion"]?.boolValue ?? false)
    }, .age,
  ])

  private static func phase(_ object: JSONValue) -> String {
    if object["metadata"]?["deletionTimestamp"]?.stringValue != nil { return "Terminating" }
    return object["status"]?["phase"]?.stringValue ?? ""
  }

  /// An amount in its canonical form; an absent one is none.
  private static func size(_ value: JSONValue?) -> String {
    guard let value else { return "0" }
    return (try? Quantity(json: value))?.description ?? value.stringValue ?? ""
  }

  private static func isBound(_ claim: JSONValue) -> Bool {
    claim["spec"]?["volumeName"]?.stringValue?.isEmpty == false
  }

  private static func className(_ object: JSONValue) -> String {
    object[path: ["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]]?.stringValue
      ?? object["spec"]?["storageClassName"]?.stringValue ?? ""
  }

  private static func modes(_ value: JSONValue?) -> String {
    let modes = Set(CellText.strings(value))
    let known = [
      ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"),
    ]
    return known.filter { modes.contains($0.0) }.map(\.1).joined(separator: ",")
  }
}
