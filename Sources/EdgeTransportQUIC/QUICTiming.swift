#if QUIC
import CEdgeQUIC
import NIOCore

/// How long a QUIC connection waits for its peer, and how much it holds for it.
public struct QUICTiming: Hashable, Sendable {
  /// From the first datagram to the end of the handshake.
  public var handshakeTimeout: Duration = .seconds(10)
  /// A peer that is not heard for so long is gone. The shorter of both ends' times counts.
  public var idleTimeout: Duration = .seconds(30)
  /// A PING follows so much silence, so that an idle connection, and the place that a NAT keeps for it, lives on; nil sends
  /// none. One end that does is enough: by default the client.
  public var keepalive: Duration?
  /// How long the peer may take not one byte of what waits for it; it is noticed after twice as long at most.
  public var writeTimeout: Duration = .seconds(15)
  /// How long a close may take before the connection is given up.
  public var closeTimeout: Duration = .seconds(2)

  public init(keepalive: Duration? = nil) { self.keepalive = keepalive }

  var limits: edge_quic_limits {
    edge_quic_limits(
      handshake_timeout: handshakeTimeout.nanoseconds, idle_timeout: idleTimeout.nanoseconds,
      keepalive: keepalive?.nanoseconds ?? 0, receive_window: QUICBounds.receiveWindowBytes)
  }
}

/// What one connection holds at most.
enum QUICBounds {
  /// Waiting to be given to the transport, and received but not asked for: as in the other carriers.
  static let queuedBytes = 128 << 10
  /// What the peer may send ahead of what was taken in; it lets one connection fill 10 MB/s at 100 ms.
  static let receiveWindowBytes: UInt32 = 1 << 20
  /// Given to the transport and not sent. Little: what is urgent overtakes only what is not in there.
  static let unsentBytes = 64 << 10
  /// Sent, or to be sent, and held until the peer acknowledges it, whatever window a peer may offer.
  static let unacknowledgedBytes = 4 << 20
}

extension Duration {
  fileprivate var nanoseconds: UInt64 { UInt64(clamping: TimeAmount(self).nanoseconds) }
}
#endif
