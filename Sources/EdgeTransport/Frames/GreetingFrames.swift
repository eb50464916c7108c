/// The first frame of each end on the first connection of a session. The client's names the session; the server's repeats
/// the id with an empty secret. A client that saw no answer says hello again, with the next attempt.
public struct SessionHello: Hashable, Sendable {
  public var version: UInt64
  public var id: SessionID
  /// Empty in the server's answer.
  public var secret: [UInt8]
  /// Counts the client's connections; the server obeys the highest it has seen.
  public var attempt: UInt64
  public var parameters: SessionParameters

  public static let currentVersion: UInt64 = 1

  public init(
    version: UInt64 = currentVersion, id: SessionID, secret: [UInt8], attempt: UInt64, parameters: SessionParameters
  ) {
    self.version = version
    self.id = id
    self.secret = secret
    self.attempt = attempt
    self.parameters = parameters
  }
}

/// The first frame of each end on every further connection: what the sender of this frame has received, so that its peer
/// goes on from there. Whatever limits it had told are told again, since the frames that raised them may be lost.
public struct SessionResumption: Hashable, Sendable {
  public var version: UInt64
  public var id: SessionID
  public var secret: [UInt8]
  public var attempt: UInt64
  public var maxData: UInt64
  public var maxStreamsBidirectional: UInt64
  public var maxStreamsUnidirectional: UInt64
  /// How many of the peer's streams the sender has seen opened. One of those that is not in ``streams`` has been received
  /// to its end.
  public var openedBidirectional: UInt64
  public var openedUnidirectional: UInt64
  /// The streams on which something is still to come, in the order of their ids.
  public var streams: [Stream]

  public struct Stream: Hashable, Sendable {
    public var id: StreamID
    /// Everything before has been received.
    public var received: UInt64
    /// What MAX_STREAM_DATA would say.
    public var maxData: UInt64

    public init(id: StreamID, received: UInt64, maxData: UInt64) {
      self.id = id
      self.received = received
      self.maxData = maxData
    }
  }

  public init(
    version: UInt64 = SessionHello.currentVersion, id: SessionID, secret: [UInt8], attempt: UInt64, maxData: UInt64,
    maxStreamsBidirectional: UInt64, maxStreamsUnidirectional: UInt64, openedBidirectional: UInt64,
    openedUnidirectional: UInt64, streams: [Stream]
  ) {
    self.version = version
    self.id = id
    self.secret = secret
    self.attempt = attempt
    self.maxData = maxData
    self.maxStreamsBidirectional = maxStreamsBidirectional
    self.maxStreamsUnidirectional = maxStreamsUnidirectional
    self.openedBidirectional = openedBidirectional
    self.openedUnidirectional = openedUnidirectional
    self.streams = streams
  }
}
