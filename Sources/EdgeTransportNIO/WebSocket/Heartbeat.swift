#if Networking
import EdgeTransport

/// A message that a WebSocket sends by itself, at once and then again and again, past everything that waits.
struct Heartbeat: Sendable {
  let interval: Duration
  let make: @Sendable () -> WebSocketMessage
}
#endif
