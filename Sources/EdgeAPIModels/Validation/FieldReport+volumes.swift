import EdgeJSON

extension FieldReport {
  private static let volumeSources = [
    "emptyDir", "hostPath", "secret", "configMap", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral",
    "csi", "nfs", "iscsi", "image", "cephfs", "rbd", "glusterfs", "fc", "flexVolume", "awsElasticBlockStore",
    "gcePersistentDisk", "azureDisk", "azureFile", "cinder", "vsphereVolume", "portworxVolume", "scaleIO", "storageos",
    "quobyte", "photonPersistentDisk", "flocker", "gitRepo",
  ]
  private static let hostPathTypes = [
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
  ]

  /// Checks the volumes of a pod and returns the names of the good ones.
  mutating func volumes(_ field: Field) -> Set<String> {
    var names: Set<String> = []
    for volume in items(field) where isObject(volume) {
      unique(requiredName(volume["name"], .dnsLabel), in: &names, at: volume["name"].path)
      // Without a source it is an empty directory.
      oneOf(volume, Self.volumeSources, missing: nil, extra: "may not specify more than 1 volume type")
      source(volume)
    }
    return names
  }

  private mutating func source(_ volume: Field) {
    if volume["emptyDir"].isPresent, isObject(volume["emptyDir"]) {
      quantity(volume["emptyDir"]["sizeLimit"])
      _ = string(volume["emptyDir"]["medium"])
    }
    if volume["hostPath"].isPresent { hostPath(volume["hostPath"]) }
    if volume["secret"].isPresent, isObject(volume["secret"]) {
      _ = requiredString(volume["secret"]["secretName"])
      files(volume["secret"])
    }
    if volume["configMap"].isPresent, isObject(volume["configMap"]) {
      _ = requiredString(volume["configMap"]["name"])
      files(volume["configMap"])
    }
    if volume["downwardAPI"].isPresent { downward(volume["downwardAPI"]) }
    if volume["projected"].isPresent { projected(volume["projected"]) }
    if volume["persistentVolumeClaim"].isPresent {
      _ = requiredString(volume["persistentVolumeClaim"]["claimName"])
    }
    if volume["csi"].isPresent {
      _ = requiredString(volume["csi"]["driver"], "a driver name is required when using CSI volumes")
    }
    if volume["nfs"].isPresent { nfs(volume["nfs"]) }
    if volume["ephemeral"].isPresent {
      let template = volume["ephemeral"]["volumeClaimTemplate"]
      require(template)
      claimSpec(template["spec"])
    }
  }

  mutating func hostPath(_ source: Field) {
    guard isObject(source) else { return }
    if let path = requiredString(source["path"]) { noParent(source["path"], path) }
    choice(source["type"], Self.hostPathTypes)
  }

  mutating func nfs(_ source: Field) {
    guard isObject(source) else { return }
    _ = requiredString(source["server"])
    if let path = requiredString(source["path"]), !path.hasPrefix("/") {
      add(.invalid(source["path"].path, .string(path), "must be an absolute path"))
    }
  }

  private mutating func mode(_ field: Field) {
    guard let mode = integer(field), !(0...511).contains(mode) else { return }
    add(.invalid(field.path, .integer(mode), "must be a number between 0 and 0777 (octal), both inclusive"))
  }

  /// Entries of a config map or secret as files.
  private mutating func files(_ source: Field) {
    mode(source["defaultMode"])
    for item in items(source["items"]) where isObject(item) {
      _ = requiredString(item["key"])
      if requiredString(item["path"]) != nil { relativePath(item["path"]) }
      mode(item["mode"])
    }
  }

  private mutating func downward(_ source: Field) {
    guard isObject(source) else { return }
    mode(source["defaultMode"])
    for item in items(source["items"]) where isObject(item) {
      if requiredString(item["path"]) != nil { relativePath(item["path"]) }
      mode(item["mode"])
      if item["fieldRef"].isPresent {
        fieldReference(
          item["fieldRef"],
          fields: ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"])
        if item["resourceFieldRef"].isPresent {
          add(.invalid(item.path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
        }
      } else if item["resourceFieldRef"].isPresent {
        resourceReference(item["resourceFieldRef"], needsContainer: true)
      } else {
        add(.required(item.path, "one of fieldRef and resourceFieldRef is required"))
      }
    }
  }

  private mutating func projected(_ projection: Field) {
    guard isObject(projection) else { return }
    mode(projection["defaultMode"])
    for source in items(projection["sources"]) where isObject(source) {
      oneOf(
        source, ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"],
        missing: nil, extra: "may not specify more than 1 volume type per source")
      for kind in ["secret", "configMap"] where source[kind].isPresent {
        _ = requiredString(source[kind]["name"])
        files(source[kind])
      }
      if source["downwardAPI"].isPresent { downward(source["downwardAPI"]) }
      guard source["serviceAccountToken"].isPresent, isObject(source["serviceAccountToken"]) else { continue }
      if let seconds = integer(source["serviceAccountToken"]["expirationSeconds"]), seconds < 600 {
        add(
          .invalid(
            source["serviceAccountToken"]["expirationSeconds"].path, .integer(seconds),
            "may not specify a duration less than 10 minutes"))
      }
      _ = requiredString(source["serviceAccountToken"]["path"])
      relativePath(source["serviceAccountToken"]["path"])
    }
  }
}
