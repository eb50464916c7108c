import EdgeAPIModels
import EdgePrimitives

extension ResourceCodec where Object: APIKind {
  /// Typed models as JSON. Members that the type does not know survive. Objects that are stored in Kubernetes' protobuf
  /// are read as well.
  public static var json: ResourceCodec { ResourceCodec { object in object.jsonEncoded() } }

  /// Typed models in Kubernetes' protobuf envelope, as kube-apiserver writes its own kinds; JSON is read as well. Unknown
  /// members that came as JSON are lost.
  public static var protobuf: ResourceCodec { ResourceCodec { object in object.protobufEncoded() } }

  private init(encode: @escaping @Sendable (Object) throws(ObjectError) -> [UInt8]) {
    let places = MetadataPlaces(Object.schema)
    self.init(
      encode: encode,
      decode: { (bytes) throws(ObjectError) in
        bytes.starts(with: Self.protobufMagic) ? try Object(protobuf: bytes) : try Object(json: bytes)
      },
      kind: { _ in Object.gvk },
      identity: { object in places?.identity(in: object.record) ?? ObjectIdentity(name: nil) },
      setIdentity: { object, identity in places?.set(identity, in: &object.record) })
  }

  private static var protobufMagic: [UInt8] { [0x6B, 0x38, 0x73, 0] }
}

/// Where the members of `metadata` lie in the record of a kind. The generated accessors know it too, but only for the
/// kind they belong to, and their module is five megabytes.
private struct MetadataPlaces: Sendable {
  private let metadata: Int
  private let name: Int
  private let namespace: Int
  private let uid: Int
  private let resourceVersion: Int
  private let creationTimestamp: Int

  /// nil for a kind whose objects have no names, a list for instance.
  init?(_ schema: TypeSchema) {
    guard let metadata = schema.fields.firstIndex(where: { $0.name == "metadata" }),
      let names = schema.type(of: "metadata")?.fields.map(\.name), let name = names.firstIndex(of: "name"),
      let namespace = names.firstIndex(of: "namespace"), let uid = names.firstIndex(of: "uid"),
      let resourceVersion = names.firstIndex(of: "resourceVersion"),
      let creationTimestamp = names.firstIndex(of: "creationTimestamp")
    else { return nil }
    self.metadata = metadata
    self.name = name
    self.namespace = namespace
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.creationTimestamp = creationTimestamp
  }

  func identity(in object: Record) -> ObjectIdentity {
    guard let meta = object[record: metadata] else { return ObjectIdentity(name: nil) }
    return ObjectIdentity(
      name: meta[string: name], namespace: meta[string: namespace], uid: meta[string: uid],
      resourceVersion: meta[string: resourceVersion],
      creationTimestamp: Self.timestamp(meta[time: creationTimestamp]))
  }

  func set(_ identity: ObjectIdentity, in object: inout Record) {
    var meta = object[record: metadata] ?? Record()
    meta[string: name] = identity.name
    meta[string: namespace] = identity.namespace
    meta[string: uid] = identity.uid
    meta[string: resourceVersion] = identity.resourceVersion
    if Self.timestamp(meta[time: creationTimestamp]) != identity.creationTimestamp {
      meta[time: creationTimestamp] = identity.creationTimestamp.map { MetaTime($0) }
    }
    object[record: metadata] = meta
  }

  private static func timestamp(_ time: MetaTime?) -> Timestamp? { time.flatMap { $0.isZero ? nil : $0.timestamp } }
}
