/// The bounds of a session: what it keeps in memory, how it shares the carrier, and when it gives up.
public struct FramedSessionConfiguration: Sendable {
  /// The longest frame that is read. Less would be too short for the greeting that resumes many streams.
  public static let maximumFrameBytes = 65_527

  // What the peer may make this end keep. The peer is told; whoever exceeds it ends the session.

  /// Received and unread bytes of all streams together.
  public var sessionWindowBytes: UInt64 = 4 << 20
  /// Received and unread bytes of one stream.
  public var streamWindowBytes: UInt64 = 1 << 20
  /// Streams of each direction that the peer may have open at once; at most ``maximumStreams``.
  public var peerStreams: UInt64 = 128
  /// The longest datagram that is read; 0 refuses them.
  public var maximumDatagramBytes = 1200
  /// Received datagrams that wait for their reader; when it is full the oldest goes, counted.
  public var datagramQueue = 64

  // What this end keeps for the peer.

  /// Written bytes of all streams that are not acknowledged. When it is full, writers wait; each class below control leaves
  /// one more eighth to those above it, so that no amount of bulk keeps a heartbeat out.
  public var sessionSendBytes = 4 << 20
  /// Written bytes of one stream that are not acknowledged.
  public var streamSendBytes = 1 << 20
  /// Frames that are not acknowledged; beyond it nothing more is sent until the peer acknowledges.
  public var maximumUnacknowledgedFrames = 16_384
  /// Streams of each direction that this end opens at once, whatever the peer allows; at most ``maximumStreams``.
  public var localStreams: UInt64 = 512

  /// Above it the greeting that resumes a session would not fit a frame.
  public static let maximumStreams: UInt64 = 900

  // How the carrier is shared.

  /// The data of one STREAM frame; what a higher class waits for at most.
  public var maximumPayloadBytes = 16 << 10
  /// What is handed to the carrier at once, about.
  public var writeBytes = 64 << 10
  /// See ``StreamScheduler``.
  public var starvationGuardBytes = 256 << 10

  /// Whether and how streams are compressed, if the peer does it too; nil neither compresses nor decompresses.
  public var compression: FrameCompression?

  // Time.

  /// An acknowledgement waits this long for something to travel with.
  public var acknowledgementDelay: Duration = .milliseconds(25)
  /// Unless so many bytes or frames have come, whichever is first.
  public var acknowledgeAfterBytes = 128 << 10
  public var acknowledgeAfterFrames: UInt64 = 256
  /// A PING is sent when nothing has come for this long; nil sends none, so that an idle session is silent.
  public var keepalive: Duration?
  /// A connection is given up when nothing comes for this long after a PING, or no greeting after ours.
  public var answerTimeout: Duration = .seconds(20)
  /// How long a session lives without a connection. Both ends obey the shorter of theirs.
  public var detachedLifetime: Duration = .seconds(300)

  public init() {}

  var parameters: SessionParameters {
    var parameters = SessionParameters()
    parameters.maximumFrameBytes = UInt64(Self.maximumFrameBytes)
    parameters.initialMaxData = sessionWindowBytes
    parameters.initialMaxStreamDataLocal = streamWindowBytes
    parameters.initialMaxStreamDataRemote = streamWindowBytes
    parameters.initialMaxStreamDataUnidirectional = streamWindowBytes
    parameters.initialMaxStreamsBidirectional = peerStreamLimit
    parameters.initialMaxStreamsUnidirectional = peerStreamLimit
    parameters.maximumDatagramFrameBytes = UInt64(maximumDatagramBytes)
    parameters.compressionDictionaries = compression?.names ?? []
    let (seconds, attoseconds) = detachedLifetime.components
    parameters.detachedLifetimeMilliseconds =
      UInt64(clamping: seconds) * 1000 + UInt64(clamping: attoseconds / 1_000_000_000_000_000)
    return parameters
  }

  var peerStreamLimit: UInt64 { min(peerStreams, Self.maximumStreams) }
  var localStreamLimit: UInt64 { min(localStreams, Self.maximumStreams) }
}
