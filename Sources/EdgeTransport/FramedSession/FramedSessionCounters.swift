/// What a session has done; for metrics.
public struct FramedSessionCounters: Hashable, Sendable {
  /// Connections after the first.
  public var resumptions: UInt64 = 0
  /// Frames with a number, of this end and of the peer.
  public var framesSent: UInt64 = 0
  public var framesReceived: UInt64 = 0
  /// Bytes of streams, each counted once.
  public var streamBytesSent: UInt64 = 0
  public var streamBytesReceived: UInt64 = 0
  /// Bytes of streams that were sent again after a lost connection.
  public var streamBytesRepeated: UInt64 = 0
  /// Bytes handed to carriers and taken from them.
  public var carrierBytesSent: UInt64 = 0
  public var carrierBytesReceived: UInt64 = 0
  /// Bytes of streams that left compressed: before and after. What never shrank is in neither.
  public var bytesBeforeCompression: UInt64 = 0
  public var bytesAfterCompression: UInt64 = 0
  /// Bytes of streams that came compressed: as they came and as they were.
  public var bytesBeforeDecompression: UInt64 = 0
  public var bytesAfterDecompression: UInt64 = 0
  /// Datagrams that gave way to newer ones, in either direction, or were in flight when a connection broke.
  public var datagramsDropped: UInt64 = 0
  /// Acknowledgements of what was acknowledged before.
  public var staleAcknowledgements: UInt64 = 0
  public var pingsSent: UInt64 = 0

  public init() {}

  /// Bytes that the carriers were spared, both ways.
  public var bytesSaved: UInt64 {
    (bytesBeforeCompression - bytesAfterCompression) + (bytesAfterDecompression - bytesBeforeDecompression)
  }
}
