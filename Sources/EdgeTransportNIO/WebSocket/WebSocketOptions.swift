#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore

/// What both ends of a WebSocket need to know.
struct WebSocketOptions: Sendable {
  enum Role: Sendable { case server, client }

  var role: Role
  var maximumMessageBytes: Int
  var timing: WebSocketTiming
  /// Messages that wait for the receiver before reading pauses; what one read brings may come on top.
  var inboundCapacity = 256
  var inboundBytes = 4 << 20
  /// Bytes that wait for the socket before senders suspend.
  var outboundBytes = 1 << 20
  /// The size of one write: four TLS records.
  var batchBytes = 64 << 10
  var entropy: any EntropySource = SystemEntropy()
  var counters: LinkCounters
  var heartbeat: Heartbeat?
  /// Gives the memory of quiet connections back; nil where there are only few.
  var quiet: QuietConnectionsByLoop?
}

/// How long a WebSocket waits for its peer.
public struct WebSocketTiming: Hashable, Sendable {
  /// Silence after which the peer is pinged.
  public var pingInterval: Duration = .seconds(15)
  /// Silence after a ping that means that the peer is gone.
  public var pingTimeout: Duration = .seconds(10)
  /// How long the socket may take not one byte of what waits for it. KubeEdge's cloud has no such limit, its edge 15 s.
  public var writeTimeout: Duration = .seconds(15)
  /// How long the parts of one message may be on their way. Holds up to a peer that sends a byte now and then.
  public var messageTimeout: Duration = .seconds(120)
  /// How long a close may take before the socket is cut.
  public var closeTimeout: Duration = .seconds(2)
  /// How long, at most, an event loop may poll its socket before it sleeps while a peer sends one small message, waits for
  /// the answer and sends the next (see docs/link-bench.md). Being woken then costs no time, but the processor is busy
  /// for that long. Between 0, which never polls, and ``maximumPollBeforeSleep``; a process polls on all processors but
  /// one, so a machine with one never does.
  public var pollBeforeSleep: Duration = .microseconds(100)
  /// Longer values of ``pollBeforeSleep`` count as this one: the other connections of an event loop wait that long.
  public static let maximumPollBeforeSleep: Duration = .milliseconds(1)

  public init() {}
}
#endif
