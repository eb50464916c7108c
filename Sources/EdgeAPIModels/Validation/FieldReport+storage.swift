import EdgeJSON

extension FieldReport {
  private static let accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
  private static let persistentSources = [
    "hostPath", "local", "nfs", "csi", "iscsi", "fc", "rbd", "cephfs", "glusterfs", "awsElasticBlockStore",
    "gcePersistentDisk", "azureDisk", "azureFile", "cinder", "vsphereVolume", "flexVolume", "portworxVolume", "scaleIO",
    "storageos", "quobyte", "photonPersistentDisk", "flocker",
  ]

  mutating func persistentVolume(_ root: Field) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    accessModes(spec["accessModes"], "")
    require(spec["capacity"])
    if let capacity = members(spec["capacity"]) {
      if capacity["storage"] == nil || capacity.count > 1 {
        add(.notSupported(spec["capacity"].path, .object(capacity), supported: ["storage"]))
      }
      for (name, value) in capacity { positive(Field(path: spec["capacity"].path.key(name), value: value)) }
    }
    let source = oneOf(
      spec, Self.persistentSources, missing: "must specify a volume type",
      extra: "may not specify more than 1 volume type")
    if source == "hostPath" { hostPath(spec["hostPath"]) }
    if source == "nfs" { nfs(spec["nfs"]) }
    if source == "local" {
      if let path = requiredString(spec["local"]["path"]) { noParent(spec["local"]["path"], path) }
      if !spec["nodeAffinity"].isPresent {
        add(.required(spec["nodeAffinity"].path, "Local volume requires node affinity"))
      }
    }
    if source == "csi" {
      _ = requiredString(spec["csi"]["driver"])
      _ = requiredString(spec["csi"]["volumeHandle"])
    }
    if spec["nodeAffinity"].isPresent {
      require(spec["nodeAffinity"]["required"], "must specify required node constraints")
      if spec["nodeAffinity"]["required"].isPresent { nodeSelector(spec["nodeAffinity"]["required"]) }
    }
    choice(spec["persistentVolumeReclaimPolicy"], ["Delete", "Recycle", "Retain"])
    classAndMode(spec)
  }

  mutating func persistentVolumeClaim(_ root: Field) {
    require(root["spec"])
    claimSpec(root["spec"])
  }

  mutating func claimSpec(_ spec: Field) {
    guard isObject(spec) else { return }
    accessModes(spec["accessModes"], "at least 1 access mode is required")
    labelSelector(spec["selector"])
    let storage = Field(
      path: spec["resources"].path.key("storage"), value: spec["resources"]["requests"].value?["storage"])
    require(storage)
    positive(storage)
    classAndMode(spec)
    if let volume = string(spec["volumeName"]), !volume.isEmpty { name(spec["volumeName"], .dnsSubdomain) }
  }

  private mutating func positive(_ field: Field) {
    guard let value = quantity(field, mayBeNegative: true), value.signum <= 0 else { return }
    add(.invalid(field.path, .string(value.description), "must be greater than zero"))
  }

  private mutating func classAndMode(_ spec: Field) {
    choice(spec["volumeMode"], ["Block", "Filesystem"])
    if let text = string(spec["storageClassName"]), !text.isEmpty { name(spec["storageClassName"], .dnsSubdomain) }
  }

  private mutating func accessModes(_ field: Field, _ missing: String) {
    let modes = requiredItems(field, missing)
    let named = modes.compactMap { choice($0, Self.accessModes) }
    if named.contains("ReadWriteOncePod"), modes.count > 1 {
      add(
        .forbidden(field.path, "may not use ReadWriteOncePod with other access modes"))
    }
  }

  mutating func storageClass(_ root: Field) {
    if requiredString(root["provisioner"]) != nil { lowerQualifiedName(root["provisioner"]) }
    choice(root["reclaimPolicy"], ["Delete", "Retain"])
    choice(root["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"])
    _ = bool(root["allowVolumeExpansion"])
    for (key, value) in members(root["parameters"]) ?? JSONObject() {
      if key.isEmpty { add(.invalid(root["parameters"].path, "", "field can not be empty.")) }
      _ = string(Field(path: root["parameters"].path.key(key), value: value))
    }
  }

  private mutating func lowerQualifiedName(_ field: Field) {
    guard let text = string(field) else { return }
    for problem in NameRule.qualifiedName.problems(in: text.lowercased()) {
      add(.invalid(field.path, .string(text), problem))
    }
  }
}
