/// The sending part of a stream (RFC 9000, section 3.1).
///
/// ```
/// open --finish--> finishing --all acknowledged--> ended
///   \                 \
///    `----reset--------`----> reset --acknowledged--> ended
/// ```
/// Bytes stay until they are acknowledged. A new connection goes on from what the peer has received: ``sent`` moves back,
/// ``highest`` does not, since flow control has counted those bytes.
struct SendStream: Sendable {
  private enum State: Sendable {
    case open
    case finishing(isFinalSent: Bool)
    case reset(code: UInt64)
    case ended
  }

  private var state = State.open
  private var buffer = StreamBuffer()
  /// The offset of the next byte to send on this connection.
  private(set) var sent: UInt64 = 0
  /// The offset up to which bytes were ever sent.
  private(set) var highest: UInt64 = 0
  /// The peer's MAX_STREAM_DATA.
  private(set) var limit: UInt64

  init(limit: UInt64) { self.limit = limit }

  var bufferedBytes: Int { buffer.count }
  var acknowledged: UInt64 { buffer.start }
  var isOpen: Bool { if case .open = state { true } else { false } }
  var isEnded: Bool { if case .ended = state { true } else { false } }

  /// The code and final size to send in RESET_STREAM.
  var resetFrame: (code: UInt64, finalSize: UInt64)? {
    if case .reset(let code) = state { (code, highest) } else { nil }
  }

  /// Whether something could be sent if flow control let it.
  var wantsToSend: Bool {
    switch state {
    case .open: sent < buffer.end
    case .finishing(let isFinalSent): sent < buffer.end || !isFinalSent
    case .reset, .ended: false
    }
  }

  /// Whether the peer's limit alone keeps it from sending.
  var isBlockedByLimit: Bool { wantsToSend && sent < buffer.end && sent >= limit }

  mutating func write(_ data: ArraySlice<UInt8>) { buffer.append(data) }

  /// No more writes; true when that is new.
  mutating func finish() -> Bool {
    guard case .open = state else { return false }
    state = .finishing(isFinalSent: false)
    return true
  }

  /// Drops what is not acknowledged; the number of bytes that freed, nil when the stream was over or reset already.
  mutating func reset(code: UInt64) -> Int? {
    switch state {
    case .open, .finishing:
      let freed = buffer.count
      buffer.dropAll()
      state = .reset(code: code)
      return freed
    case .reset, .ended: return nil
    }
  }

  struct Piece {
    var offset: UInt64
    var data: ArraySlice<UInt8>
    var isFinal: Bool
    /// How much of the session's credit it uses.
    var newBytes: UInt64
  }

  /// The next piece within the limits, or nil.
  /// - Parameter credit: what the session's flow control leaves; bytes that were sent before need none.
  mutating func next(maximum: Int, credit: UInt64) -> Piece? {
    guard wantsToSend else { return nil }
    let allowed = min(limit, highest + credit)
    let count = allowed > sent ? min(UInt64(maximum), allowed - sent, buffer.end - sent) : 0
    let end = sent + count
    var isFinal = false
    if case .finishing = state, end == buffer.end { isFinal = true }
    guard count > 0 || isFinal else { return nil }
    let piece = Piece(
      offset: sent, data: buffer.slice(from: sent, maximum: Int(count)), isFinal: isFinal,
      newBytes: end > highest ? end - highest : 0)
    sent = end
    highest = max(highest, end)
    if isFinal { state = .finishing(isFinalSent: true) }
    return piece
  }

  mutating func raiseLimit(to value: UInt64) { limit = max(limit, value) }

  /// The peer has everything before `end`; the number of bytes that freed.
  mutating func acknowledge(upTo end: UInt64, isFinal: Bool) -> Int {
    switch state {
    case .reset, .ended: return 0
    case .open, .finishing:
      let before = buffer.count
      buffer.drop(before: end)
      if isFinal { state = .ended }
      return before - buffer.count
    }
  }

  mutating func acknowledgeReset() { if case .reset = state { state = .ended } }

  /// A new connection goes on from `received`.
  /// - Returns: the number of bytes that freed, and of those to be sent a second time.
  mutating func resume(from received: UInt64) throws(FramingError) -> (freed: Int, repeated: UInt64) {
    switch state {
    case .ended: throw FramingError(.protocolViolation, in: FrameType.resume, "a stream that was received is resumed")
    case .reset: return (0, 0)
    case .open, .finishing:
      guard received >= acknowledged else {
        throw FramingError(.protocolViolation, in: FrameType.resume, "a resumption takes an acknowledgement back")
      }
      guard received <= highest else {
        throw FramingError(.protocolViolation, in: FrameType.resume, "a resumption acknowledges what was never sent")
      }
      let freed = acknowledge(upTo: received, isFinal: false)
      sent = received
      if case .finishing = state { state = .finishing(isFinalSent: false) }
      return (freed, highest - received)
    }
  }

  /// A new connection tells that the peer has the whole stream or its reset; the number of bytes that freed.
  mutating func resumeComplete() throws(FramingError) -> Int {
    switch state {
    case .ended: return 0
    case .reset:
      state = .ended
      return 0
    case .finishing where highest == buffer.end:
      let freed = buffer.count
      buffer.dropAll()
      state = .ended
      return freed
    case .open, .finishing:
      throw FramingError(.protocolViolation, in: FrameType.resume, "a stream was received that was not sent to its end")
    }
  }
}
