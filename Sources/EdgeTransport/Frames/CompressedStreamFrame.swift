/// A piece of a stream whose bytes are one whole zlib stream (RFC 1950), made with the dictionary that both ends have agreed
/// on in their greetings. For everything else it is the STREAM frame of the bytes that come out.
///
/// Why here, a frame at a time, and neither a carrier's direction nor a message:
/// - Offsets, windows and acknowledgements count the bytes that come out, so that flow control bounds what a reader must
///   hold, whatever the bytes shrink to. A frame says how many come out before anything is decompressed; what is beyond a
///   window is refused then, and exactly so many must come out. So a decompression bomb is a flow control violation.
/// - Nothing of a frame refers to another one. A session that goes on over another carrier sends from the offset that its
///   peer has, cut elsewhere than before, plain or compressed: there is no state of a compressor that the peer would have to
///   have, and none that had to be acknowledged. A window that went on from frame to frame would save more of a long stream,
///   and would have to be kept for each stream on both ends, and taken back at each resumption; what short frames lose by
///   that, the dictionary gives back.
/// - Bytes of different streams never share a frame, so the length of one stream's frames tells nothing of another's content.
///   The greeting, with its secret, is never compressed. Whoever mixes secrets and what a stranger can choose into one
///   stream should not compress it.
/// - The sender decides frame by frame: bytes that do not shrink go as STREAM.
///
/// On an ordered carrier only the next byte of a stream can come, and compressed bytes that are at another place are refused
/// unread; otherwise a peer could make this end decompress for nothing.
public struct CompressedStreamFrame: Hashable, Sendable {
  public var stream: StreamID
  public var offset: UInt64
  public var isFinal: Bool
  /// How many bytes come out; at most as many as a frame may have.
  public var plainCount: Int
  /// What was read shares the storage of the bytes it came in.
  public var data: ArraySlice<UInt8>

  public init(stream: StreamID, offset: UInt64, isFinal: Bool, plainCount: Int, data: ArraySlice<UInt8>) {
    self.stream = stream
    self.offset = offset
    self.isFinal = isFinal
    self.plainCount = plainCount
    self.data = data
  }
}
