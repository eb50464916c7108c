#if Networking
/// What KubeEdge's header `Connectionuse` asks for.
///
/// Only messages are spoken on a WebSocket: KubeEdge's own hub upgrades the other two and then never reads from them.
public enum ConnectionUse: String, Hashable, Sendable {
  case messages = "msg"
  case rawStream = "str"
  case shared = "shr"
}
#endif
