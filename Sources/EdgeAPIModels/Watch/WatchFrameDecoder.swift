/// Cuts the bytes of a watch into frames, however they arrive.
///
/// Holds at most one frame that is not complete, and no frame longer than ``maximumFrameBytes``: the bytes of a longer one
/// are an error as soon as that is known, and so is everything after it.
public struct WatchFrameDecoder: Sendable {
  public let encoding: WatchFrame.Encoding
  public let maximumFrameBytes: Int

  private var buffer: [UInt8] = []
  /// Bytes of ``buffer`` that were given out.
  private var consumed = 0
  /// Bytes of ``buffer`` in which no line feed was found.
  private var searched = 0
  private var isBroken = false

  public init(_ encoding: WatchFrame.Encoding, maximumFrameBytes: Int = 16 << 20) {
    self.encoding = encoding
    self.maximumFrameBytes = maximumFrameBytes
  }

  public mutating func append(_ bytes: some Collection<UInt8>) {
    // Nothing of a stream that cannot be read on is kept.
    if isBroken { return }
    // Only when the rest is the smaller part: moving it costs no more than what was given out.
    if consumed > buffer.count / 2 {
      buffer.removeFirst(consumed)
      searched -= consumed
      consumed = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// Whether bytes are left that are no whole frame: at the end of a stream, that it was cut.
  public var hasPartialFrame: Bool { consumed < buffer.count }

  /// The next whole frame, nil when more bytes are needed.
  ///
  /// - Throws: ``ObjectError`` for a frame that is too long, after which the stream cannot be read on, and for one that is
  ///   no event, which is skipped.
  public mutating func next() throws(ObjectError) -> WatchFrame? {
    if isBroken { throw tooLong }
    switch encoding {
    case .json: return try nextLine()
    case .protobuf: return try nextMessage()
    }
  }

  private mutating func nextLine() throws(ObjectError) -> WatchFrame? {
    while true {
      guard let end = buffer[max(consumed, searched)...].firstIndex(of: 0x0A) else {
        searched = buffer.count
        if buffer.count - consumed > maximumFrameBytes { throw fail() }
        return nil
      }
      let line = buffer[consumed..<end]
      consumed = end + 1
      searched = consumed
      if line.count > maximumFrameBytes { throw fail() }
      // Servers may send blank lines to keep a connection alive.
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      return try WatchFrame(parsing: Array(line), as: .json)
    }
  }

  private mutating func nextMessage() throws(ObjectError) -> WatchFrame? {
    guard buffer.count - consumed >= 4 else { return nil }
    let length = buffer[consumed..<(consumed + 4)].reduce(0) { $0 << 8 | Int($1) }
    if length > maximumFrameBytes { throw fail() }
    guard buffer.count - consumed - 4 >= length else { return nil }
    let payload = Array(buffer[(consumed + 4)..<(consumed + 4 + length)])
    consumed += 4 + length
    return try WatchFrame(parsing: payload, as: .protobuf)
  }

  private mutating func fail() -> ObjectError {
    isBroken = true
    buffer = []
    consumed = 0
    searched = 0
    return tooLong
  }

  private var tooLong: ObjectError {
    ObjectError(code: .malformed, message: "a watch event is longer than \(maximumFrameBytes) bytes")
  }
}
