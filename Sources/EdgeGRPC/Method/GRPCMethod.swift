#if Networking
import EdgeProtobuf

/// One method of a service, with its codecs; used by servers and clients alike.
public struct GRPCMethod<Request: Sendable, Response: Sendable>: Sendable {
  /// `/package.Service/Method`
  public let path: String
  public let request: GRPCCodec<Request>
  public let response: GRPCCodec<Response>

  public init(service: String, name: String, request: GRPCCodec<Request>, response: GRPCCodec<Response>) {
    path = "/\(service)/\(name)"
    self.request = request
    self.response = response
  }
}

extension GRPCMethod where Request: ProtobufMessage, Response: ProtobufMessage {
  public init(_ method: ProtobufMethod<Request, Response>) {
    self.init(service: method.service, name: method.name, request: .protobuf, response: .protobuf)
  }
}
#endif
