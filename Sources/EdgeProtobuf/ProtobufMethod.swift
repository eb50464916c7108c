/// A method of a protobuf service: its names and the types of its messages. What carries it is somebody else's matter.
public struct ProtobufMethod<Request: ProtobufMessage, Response: ProtobufMessage>: Sendable {
  /// With its package, as in `etcdserverpb.KV`.
  public let service: String
  public let name: String

  public init(service: String, name: String) {
    self.service = service
    self.name = name
  }
}
