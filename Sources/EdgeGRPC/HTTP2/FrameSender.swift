#if Networking
import NIOCore
import NIOHPACK

/// What goes to a client: frames are gathered here and leave together, with one call of the system for all that was read
/// or decided at one time. Knows the connection's send window and the peer's settings.
///
/// A class, because a channel may call back while it is written to.
final class FrameSender {
  /// Small frames on their way; larger contents go past it without being copied.
  var bytes = ByteBuffer()
  /// What the peer lets us send on the whole connection.
  var window = 65_535
  private(set) var settings = PeerSettings()
  /// Whether the channel takes more. While it does not, what cannot wait gathers here.
  var channelIsWritable = true

  private var heads = AnswerHeadWriter()
  /// How much was gathered the last time, so that a buffer begins with the room it will need.
  private var expectedBytes = smallestBytes
  /// Whether the channel has something that was not flushed.
  private var owesFlush = false

  /// Messages wait in their streams while there is this much.
  private static let roomBytes = 128 << 10
  /// What cannot wait: answers to pings and settings, refusals. A peer that makes us gather more of it reads nothing.
  private static let overfullBytes = 4 << 20
  /// From here on two more buffers cost less than a copy.
  private static let copiedBytes = 8 << 10
  private static let largestFrameBytes = 64 << 10
  private static let smallestBytes = 256

  /// Whether messages may be sent now.
  var hasRoom: Bool { channelIsWritable && bytes.readableBytes < Self.roomBytes }

  var isOverfull: Bool { bytes.readableBytes > Self.overfullBytes }

  /// Applies and acknowledges the peer's settings.
  /// - Returns: by how much each stream's send window changes.
  func apply(_ payload: ByteBuffer) throws(ConnectionFailure) -> Int {
    let before = settings.streamWindow
    try settings.apply(payload)
    heads.peerAllows(tableBytes: settings.headerTableBytes)
    bytes.write(
      FrameHeader(FrameHeader.Kind.settings, flags: FrameHeader.Flag.acknowledgement, .connection, length: 0))
    return settings.streamWindow - before
  }

  func writeSettings(maximumConcurrentStreams: Int, streamWindow: Int, maximumHeaderBytes: Int) {
    bytes.writeImmutableBuffer(
      PeerSettings.frame(
        maximumConcurrentStreams: maximumConcurrentStreams, streamWindow: streamWindow,
        maximumHeaderBytes: maximumHeaderBytes))
  }

  // MARK: - Headers

  /// The headers before the first message.
  func writeHead(_ stream: StreamID) {
    writeBlock(stream, endsStream: false) { $0.writeHead(to: &$1) }
  }

  /// The trailers of a call that went well.
  func writeOK(_ stream: StreamID) {
    writeBlock(stream, endsStream: true) { $0.writeOK(to: &$1) }
  }

  /// Other trailers, or an answer that is nothing but trailers.
  func writeFields(_ fields: HPACKHeaders, _ stream: StreamID) {
    writeBlock(stream, endsStream: true) { $0.write(fields, to: &$1) }
  }

  private func writeBlock(
    _ stream: StreamID, endsStream: Bool, _ write: (inout AnswerHeadWriter, inout ByteBuffer) -> Void
  ) {
    if bytes.capacity == 0 { bytes.reserveCapacity(expectedBytes) }
    let start = bytes.writerIndex
    bytes.write(FrameHeader(FrameHeader.Kind.headers, stream, length: 0))
    write(&heads, &bytes)
    let length = bytes.writerIndex - start - FrameHeader.byteCount
    let last = endsStream ? FrameHeader.Flag.endStream : 0
    guard length > PeerSettings.smallestFrameBytes else {
      return bytes.set(
        FrameHeader(FrameHeader.Kind.headers, flags: FrameHeader.Flag.endHeaders | last, stream, length: length),
        at: start)
    }
    // A status message can be as long as its handler likes.
    guard var block = bytes.getSlice(at: start + FrameHeader.byteCount, length: length) else { return }
    bytes.moveWriterIndex(to: start)
    var kind = FrameHeader.Kind.headers
    var flags = last
    while let piece = block.readSlice(length: min(block.readableBytes, PeerSettings.smallestFrameBytes)),
      piece.readableBytes > 0
    {
      if block.readableBytes == 0 { flags |= FrameHeader.Flag.endHeaders }
      bytes.write(FrameHeader(kind, flags: flags, stream, length: piece.readableBytes))
      bytes.writeImmutableBuffer(piece)
      kind = FrameHeader.Kind.continuation
      flags = 0
    }
  }

  // MARK: - Messages

  /// Sends bytes for which both windows have room.
  func writeData(_ content: ByteBuffer, _ stream: StreamID, _ context: ChannelHandlerContext) {
    let count = content.readableBytes
    window -= count
    if count < Self.copiedBytes {
      bytes.write(FrameHeader(FrameHeader.Kind.data, stream, length: count))
      bytes.writeImmutableBuffer(content)
      return
    }
    handOver(to: context)
    let limit = min(settings.maximumFrameBytes, Self.largestFrameBytes)
    var rest = content
    var headers = ByteBufferAllocator().buffer(capacity: (count / limit + 1) * FrameHeader.byteCount)
    for start in stride(from: 0, to: count, by: limit) {
      headers.write(FrameHeader(FrameHeader.Kind.data, stream, length: min(limit, count - start)))
    }
    while let header = headers.readSlice(length: FrameHeader.byteCount),
      let part = rest.readSlice(length: min(limit, rest.readableBytes))
    {
      context.write(NIOAny(header), promise: nil)
      context.write(NIOAny(part), promise: nil)
    }
    owesFlush = true
  }

  // MARK: - Leaving

  /// Gives the channel what was gathered, without flushing it.
  func handOver(to context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
    guard bytes.readableBytes > 0 || promise != nil else { return }
    let gathered = bytes
    expectedBytes = min(max(Self.smallestBytes, gathered.writerIndex), Self.copiedBytes)
    bytes = ByteBuffer()
    owesFlush = true
    context.write(NIOAny(gathered), promise: promise)
  }

  /// Lets go what the channel has, and what was gathered unless the channel is full.
  func flush(to context: ChannelHandlerContext) {
    if channelIsWritable { handOver(to: context) }
    guard owesFlush else { return }
    owesFlush = false
    context.flush()
  }
}

extension ByteBuffer {
  /// Fills in a header whose place was left.
  @inline(__always)
  fileprivate mutating func set(_ header: FrameHeader, at index: Int) {
    setInteger(
      UInt64(truncatingIfNeeded: header.length) << 40 | UInt64(header.kind) << 32 | UInt64(header.flags) << 24
        | UInt64(header.stream.rawValue >> 8), at: index)
  }
}
#endif
