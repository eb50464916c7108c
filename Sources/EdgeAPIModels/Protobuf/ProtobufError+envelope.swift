import EdgeProtobuf

/// The error of ``ProtobufEnvelope`` and of decoding from protobuf.
public typealias ProtobufError = EdgeProtobuf.ProtobufError

extension ProtobufError.Code {
  /// The envelope's magic bytes are missing.
  public static let noEnvelope = ProtobufError.Code(rawValue: "noEnvelope")
}
