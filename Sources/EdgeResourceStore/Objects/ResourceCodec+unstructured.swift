import EdgeAPIModels

extension ResourceCodec where Object == UnstructuredObject {
  /// Objects of any kind as JSON; nothing is lost.
  public static let json = ResourceCodec(
    encode: { object in object.serialized() },
    decode: { (bytes) throws(ObjectError) in try UnstructuredObject(parsing: bytes) },
    kind: { object in object.gvk },
    identity: { object in
      let metadata = object.metadata
      return ObjectIdentity(
        name: metadata.name, namespace: metadata.namespace, uid: metadata.uid,
        resourceVersion: metadata.resourceVersion, creationTimestamp: metadata.creationTimestamp)
    },
    setIdentity: { object, identity in
      var metadata = object.metadata
      metadata.name = identity.name
      metadata.namespace = identity.namespace
      metadata.uid = identity.uid
      metadata.resourceVersion = identity.resourceVersion
      if metadata.creationTimestamp != identity.creationTimestamp {
        metadata.creationTimestamp = identity.creationTimestamp
      }
      object.metadata = metadata
    })
}
