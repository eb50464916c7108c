#if Networking
import NIOCore
import NIOHPACK

/// What a handler may know of the call it serves.
public struct GRPCServerCall: Sendable {
  /// `/package.Service/Method`
  public let path: String
  /// The client's metadata, with gRPC's own headers among them.
  public let metadata: HPACKHeaders
  public let peer: SocketAddress?
  /// When the client stops waiting. The handler is cancelled then.
  public let deadline: NIODeadline?
}
#endif
