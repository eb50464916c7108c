#if Networking
import NIOCore

/// Cuts what a client sends into frames, and puts header blocks together (RFC 9113, sections 3.4, 4 and 6).
///
/// ```
///   preface ──PRI * …──▶ settings ──SETTINGS──▶ open ◀──END_HEADERS── block
///                                                └──HEADERS without END_HEADERS──▶ block
/// ```
/// It checks each frame by itself; what streams make of it is the connection's matter. Takes time in proportion to the
/// bytes, and holds no more than one frame and one header block.
struct FrameReader {
  enum Frame: Equatable {
    /// The payload is a whole number of settings.
    case settings(ByteBuffer)
    case settingsAnswer
    case headers(StreamID, block: ByteBuffer, endsStream: Bool)
    /// - flowBytes: what counts for flow control, padding included.
    case data(StreamID, ByteBuffer, flowBytes: Int, endsStream: Bool)
    case reset(StreamID)
    case ping(UInt64, isAnswer: Bool)
    case windowUpdate(StreamID, increment: Int)
    /// Priorities, and what HTTP/2 does not know.
    case ignored
    /// The peer opens no more streams.
    case goAway
  }

  private enum State {
    case preface
    case settings
    case open
    case block(Block)
  }

  private struct Block {
    var stream: StreamID
    var bytes: ByteBuffer
    var endsStream: Bool
    var pieces = 1
  }

  private var state = State.preface
  private var bytes = ByteBuffer()
  private let maximumBlockBytes: Int

  /// Ours, since we announce no other.
  static let maximumFrameBytes = 16_384
  private static let maximumPieces = 16
  private static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

  /// - Parameter maximumBlockBytes: of one request's headers as they are encoded; more ends the connection.
  init(maximumBlockBytes: Int) { self.maximumBlockBytes = maximumBlockBytes }

  mutating func append(_ buffer: ByteBuffer) {
    if bytes.readableBytes == 0 { bytes = buffer } else { bytes.writeImmutableBuffer(buffer) }
  }

  /// Gives up the buffer that was read, so that whoever reads the socket can use it again.
  mutating func compact() {
    if bytes.readableBytes == 0 {
      bytes = ByteBuffer()
    } else if bytes.readerIndex > 0 || bytes.storageCapacity > 4 * bytes.readableBytes {
      bytes = ByteBuffer(bytes: bytes.readableBytesView)
    }
  }

  /// The next frame; nil when it is not there yet.
  mutating func next() throws(ConnectionFailure) -> Frame? {
    if case .preface = state {
      guard try readPreface() else { return nil }
      state = .settings
    }
    while true {
      guard let header = FrameHeader(peekingAt: bytes) else { return nil }
      guard header.length <= Self.maximumFrameBytes else {
        throw ConnectionFailure(.frameSizeError, "a frame is too long")
      }
      if case .settings = state, header.kind != FrameHeader.Kind.settings {
        throw ConnectionFailure(.protocolError, "the first frame is not SETTINGS")
      }
      guard bytes.readableBytes >= FrameHeader.byteCount + header.length else { return nil }
      bytes.moveReaderIndex(forwardBy: FrameHeader.byteCount)
      guard let payload = bytes.readSlice(length: header.length) else { return nil }
      if let frame = try frame(header, payload) { return frame }
    }
  }

  private mutating func readPreface() throws(ConnectionFailure) -> Bool {
    let isWhole = Self.preface.withUTF8Buffer { preface -> Bool? in
      let start = bytes.readableBytesView.prefix(preface.count)
      guard start.elementsEqual(preface.prefix(start.count)) else { return nil }
      return start.count == preface.count
    }
    guard let isWhole else { throw ConnectionFailure(.protocolError, "this is not HTTP/2") }
    if isWhole { bytes.moveReaderIndex(forwardBy: Self.preface.utf8CodeUnitCount) }
    return isWhole
  }

  /// Nil for a part of a header block.
  private mutating func frame(_ header: FrameHeader, _ payload: ByteBuffer) throws(ConnectionFailure) -> Frame? {
    if case .block(let block) = state { return try continued(block, header, payload) }
    switch header.kind {
    case FrameHeader.Kind.data:
      try requireStream(header)
      return .data(
        header.stream, try unpadded(header, payload), flowBytes: header.length,
        endsStream: header.flags & FrameHeader.Flag.endStream != 0)
    case FrameHeader.Kind.headers: return try headers(header, payload)
    case FrameHeader.Kind.priority:
      try requireStream(header)
      try require(header, length: 5)
      return .ignored
    case FrameHeader.Kind.reset:
      try requireStream(header)
      try require(header, length: 4)
      return .reset(header.stream)
    case FrameHeader.Kind.settings:
      try requireConnection(header)
      if header.flags & FrameHeader.Flag.acknowledgement != 0 {
        try require(header, length: 0)
        if case .settings = state { throw ConnectionFailure(.protocolError, "the first SETTINGS are an answer") }
        return .settingsAnswer
      }
      guard header.length % PeerSettings.bytesPerSetting == 0 else {
        throw ConnectionFailure(.frameSizeError, "SETTINGS end inside a setting")
      }
      state = .open
      return .settings(payload)
    case FrameHeader.Kind.ping:
      try requireConnection(header)
      try require(header, length: 8)
      return .ping(integer(payload), isAnswer: header.flags & FrameHeader.Flag.acknowledgement != 0)
    case FrameHeader.Kind.goAway:
      try requireConnection(header)
      guard header.length >= 8 else { throw ConnectionFailure(.frameSizeError, "GOAWAY is too short") }
      return .goAway
    case FrameHeader.Kind.windowUpdate:
      try require(header, length: 4)
      let increment: UInt32 = integer(payload)
      return .windowUpdate(header.stream, increment: Int(increment & 0x7fff_ffff))
    case FrameHeader.Kind.pushPromise, FrameHeader.Kind.continuation:
      throw ConnectionFailure(.protocolError, "a frame that has no place here")
    default: return .ignored
    }
  }

  // MARK: - Header blocks

  private mutating func headers(_ header: FrameHeader, _ payload: ByteBuffer) throws(ConnectionFailure) -> Frame? {
    try requireStream(header)
    var bytes = try unpadded(header, payload)
    if header.flags & FrameHeader.Flag.priority != 0 {
      guard bytes.readableBytes >= 5 else { throw ConnectionFailure(.frameSizeError, "HEADERS are too short") }
      bytes.moveReaderIndex(forwardBy: 5)
    }
    let block = Block(
      stream: header.stream, bytes: bytes, endsStream: header.flags & FrameHeader.Flag.endStream != 0)
    return try advance(block, isWhole: header.flags & FrameHeader.Flag.endHeaders != 0)
  }

  private mutating func continued(
    _ block: Block, _ header: FrameHeader, _ payload: ByteBuffer
  ) throws(ConnectionFailure) -> Frame? {
    guard header.kind == FrameHeader.Kind.continuation, header.stream == block.stream else {
      throw ConnectionFailure(.protocolError, "a header block is interrupted")
    }
    var block = block
    block.bytes.writeImmutableBuffer(payload)
    block.pieces += 1
    // Pieces may be empty, so their number has a bound of its own.
    guard block.pieces <= Self.maximumPieces else {
      throw ConnectionFailure(.enhanceYourCalm, "a header block comes in too many pieces")
    }
    return try advance(block, isWhole: header.flags & FrameHeader.Flag.endHeaders != 0)
  }

  private mutating func advance(_ block: Block, isWhole: Bool) throws(ConnectionFailure) -> Frame? {
    guard block.bytes.readableBytes <= maximumBlockBytes else {
      throw ConnectionFailure(.enhanceYourCalm, "the headers are too long")
    }
    state = isWhole ? .open : .block(block)
    return isWhole ? .headers(block.stream, block: block.bytes, endsStream: block.endsStream) : nil
  }

  // MARK: - Checks

  private func unpadded(_ header: FrameHeader, _ payload: ByteBuffer) throws(ConnectionFailure) -> ByteBuffer {
    if header.flags & FrameHeader.Flag.padded == 0 { return payload }
    var payload = payload
    guard let padding: UInt8 = payload.readInteger(), Int(padding) <= payload.readableBytes,
      let content = payload.readSlice(length: payload.readableBytes - Int(padding))
    else { throw ConnectionFailure(.protocolError, "more padding than frame") }
    return content
  }

  private func integer<Value: FixedWidthInteger>(_ payload: ByteBuffer) -> Value {
    payload.getInteger(at: payload.readerIndex) ?? 0
  }

  private func requireStream(_ header: FrameHeader) throws(ConnectionFailure) {
    if header.stream == .connection { throw ConnectionFailure(.protocolError, "a frame needs a stream") }
  }

  private func requireConnection(_ header: FrameHeader) throws(ConnectionFailure) {
    if header.stream != .connection { throw ConnectionFailure(.protocolError, "a frame must not have a stream") }
  }

  private func require(_ header: FrameHeader, length: Int) throws(ConnectionFailure) {
    if header.length != length { throw ConnectionFailure(.frameSizeError, "a frame has the wrong length") }
  }
}
#endif
