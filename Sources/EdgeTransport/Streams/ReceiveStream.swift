/// The receiving part of a stream (RFC 9000, section 3.2).
///
/// ```
/// receiving --last byte--> complete --read to its end--> ended
///     \
///      `--RESET_STREAM--> reset --reader was told--> ended
/// ```
/// The carrier keeps the order, so that the next byte of a stream is the only one that can come: data behind a gap is a
/// fault of the peer, and nothing has to be put in order. Data that was received already is compared with what is still
/// here of it, and dropped.
struct ReceiveStream: Sendable {
  private enum State: Sendable {
    case receiving
    case complete
    case reset(code: UInt64, finalSize: UInt64)
    case ended(finalSize: UInt64)
  }

  private var state = State.receiving
  private var buffer = StreamBuffer()
  private(set) var window: ReceiveWindow
  /// Set by ``stop()``: what still comes is dropped.
  private(set) var isStopped = false

  init(window: UInt64) { self.window = ReceiveWindow(size: window, of: .stream) }

  var received: UInt64 { window.received }
  var isReceiving: Bool { if case .receiving = state { true } else { false } }
  var isEnded: Bool { if case .ended = state { true } else { false } }
  var isUpdateDue: Bool { isReceiving && !isStopped && window.isUpdateDue }
  /// Whether a reader would get an answer.
  var isReadable: Bool {
    switch state {
    case .receiving: !buffer.isEmpty
    case .complete, .reset, .ended: true
    }
  }

  private var finalSize: UInt64? {
    switch state {
    case .receiving: nil
    case .complete: received
    case .reset(_, let size), .ended(let size): size
    }
  }

  mutating func updatedLimit() -> UInt64 { window.update() }

  /// How far `end` lies beyond what was received, after the checks of sections 4.1 and 4.5.
  private func newBytes(
    upTo end: UInt64, isFinal: Bool, sessionCredit: UInt64, in frameType: UInt64
  ) throws(FramingError) -> UInt64 {
    if let finalSize {
      guard end <= finalSize, !isFinal || end == finalSize else {
        throw FramingError(.finalSizeError, in: frameType, "\(end) bytes of a stream of \(finalSize)")
      }
    } else if isFinal {
      guard end >= received else {
        throw FramingError(.finalSizeError, in: frameType, "the final size \(end) is below the received \(received)")
      }
    }
    guard end > received else { return 0 }
    guard end <= window.advertised else {
      throw FramingError(.flowControlError, in: frameType, "offset \(end) is beyond the stream's \(window.advertised)")
    }
    guard end - received <= sessionCredit else {
      throw FramingError(.flowControlError, in: frameType, "\(end - received) bytes are beyond the session's limit")
    }
    return end - received
  }

  struct Outcome: Equatable {
    /// Bytes that count for the session's flow control.
    var newBytes: UInt64 = 0
    /// Those of them that nobody will read.
    var droppedBytes: UInt64 = 0
    /// Whether a reader has something new to see.
    var isNews = false
  }

  /// Checks a frame without looking at its bytes.
  /// - Returns: false when nobody needs them any more.
  func expects(_ frame: CompressedStreamFrame, sessionCredit: UInt64) throws(FramingError) -> Bool {
    _ = try newBytes(
      upTo: frame.offset + UInt64(frame.plainCount), isFinal: frame.isFinal, sessionCredit: sessionCredit,
      in: FrameType.compressedStream)
    guard isReceiving else { return false }
    guard frame.offset == received else {
      throw FramingError(
        .protocolViolation, in: FrameType.compressedStream,
        "compressed bytes at \(frame.offset) of a stream received up to \(received)")
    }
    return true
  }

  mutating func receive(_ frame: StreamFrame, sessionCredit: UInt64) throws(FramingError) -> Outcome {
    let end = frame.offset + UInt64(frame.data.count)
    let new = try newBytes(
      upTo: end, isFinal: frame.isFinal, sessionCredit: sessionCredit, in: FrameType.stream)
    guard frame.offset <= received else {
      throw FramingError(
        .protocolViolation, in: FrameType.stream, "offset \(frame.offset) of a stream received up to \(received)")
    }
    try compareRepeated(frame)
    guard isReceiving else { return Outcome() }
    var outcome = Outcome(newBytes: new)
    if new > 0 {
      window.receive(new)
      if isStopped {
        window.consume(new)
        outcome.droppedBytes = new
      } else {
        outcome.isNews = buffer.isEmpty
        buffer.append(frame.data.suffix(Int(new)))
      }
    }
    if frame.isFinal {
      state = isStopped ? .ended(finalSize: end) : .complete
      outcome.isNews = true
    }
    return outcome
  }

  /// Section 2.2: data at an offset never changes.
  private func compareRepeated(_ frame: StreamFrame) throws(FramingError) {
    let first = max(frame.offset, buffer.start)
    let end = min(frame.offset + UInt64(frame.data.count), buffer.end)
    guard first < end else { return }
    let repeated = frame.data.dropFirst(Int(first - frame.offset)).prefix(Int(end - first))
    guard repeated == buffer.slice(from: first, maximum: Int(end - first)) else {
      throw FramingError(
        .protocolViolation, in: FrameType.stream, "bytes that were received come again with other values")
    }
  }

  mutating func receiveReset(
    code: UInt64, finalSize size: UInt64, sessionCredit: UInt64
  ) throws(FramingError) -> Outcome {
    let new = try newBytes(upTo: size, isFinal: true, sessionCredit: sessionCredit, in: FrameType.resetStream)
    // A stream that has all its bytes is delivered (section 3.2 leaves the choice).
    guard isReceiving else { return Outcome() }
    let dropped = new + UInt64(buffer.count)
    window.receive(new)
    window.consume(dropped)
    buffer.dropAll()
    state = isStopped ? .ended(finalSize: size) : .reset(code: code, finalSize: size)
    return Outcome(newBytes: new, droppedBytes: dropped, isNews: true)
  }

  enum Reading: Equatable {
    case data([UInt8])
    case wait
    case end
    case reset(code: UInt64)
  }

  mutating func read(maximum: Int) -> Reading {
    if case .reset(let code, let size) = state {
      state = .ended(finalSize: size)
      return .reset(code: code)
    }
    if !buffer.isEmpty {
      let data = buffer.take(maximum: maximum)
      window.consume(UInt64(data.count))
      return .data(data)
    }
    switch state {
    case .receiving: return isStopped ? .end : .wait
    case .complete:
      state = .ended(finalSize: received)
      return .end
    case .reset, .ended: return .end
    }
  }

  /// Nobody reads any more; the number of bytes that are dropped, and whether the peer should be asked to stop.
  mutating func stop() -> (dropped: UInt64, asksPeer: Bool) {
    guard !isStopped, !isEnded else { return (0, false) }
    isStopped = true
    let dropped = UInt64(buffer.count)
    buffer.dropAll()
    window.consume(dropped)
    if isReceiving { return (dropped, true) }
    if let finalSize { state = .ended(finalSize: finalSize) }
    return (dropped, false)
  }
}
