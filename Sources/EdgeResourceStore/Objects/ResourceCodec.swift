import EdgeAPIModels

/// How objects become bytes and back, and where their identity is.
///
/// `ResourceCodec.json` serves ``UnstructuredObject`` and every typed model; for another type of object make one of these
/// functions.
public struct ResourceCodec<Object: Sendable>: Sendable {
  let encode: @Sendable (Object) throws(ObjectError) -> [UInt8]
  let decode: @Sendable ([UInt8]) throws(ObjectError) -> Object
  let kind: @Sendable (Object) -> GroupVersionKind
  let identity: @Sendable (Object) -> ObjectIdentity
  let setIdentity: @Sendable (inout Object, ObjectIdentity) -> Void

  /// - Parameters:
  ///   - encode: the bytes to store; the object has no resource version then.
  ///   - decode: the object of stored bytes. What it throws is reported as an ``UnreadableObject``.
  ///   - kind: what the object says it is; group and kind must be the resource's.
  ///   - identity: reads the identity.
  ///   - setIdentity: replaces it; nil members are removed.
  public init(
    encode: @escaping @Sendable (Object) throws(ObjectError) -> [UInt8],
    decode: @escaping @Sendable ([UInt8]) throws(ObjectError) -> Object,
    kind: @escaping @Sendable (Object) -> GroupVersionKind,
    identity: @escaping @Sendable (Object) -> ObjectIdentity,
    setIdentity: @escaping @Sendable (inout Object, ObjectIdentity) -> Void
  ) {
    self.encode = encode
    self.decode = decode
    self.kind = kind
    self.identity = identity
    self.setIdentity = setIdentity
  }
}
