/// The receiving brain of a WebSocket (RFC 6455 section 5): bytes in, however they are cut, messages and control frames out.
///
/// ```
/// header --complete and allowed--> payload --all there--> header
///    |--broken rule--> ended <--broken rule, not UTF-8--|        close frame --> ended
/// ```
/// Gorilla, which KubeEdge uses, ends a fragmented message with an empty continuation frame; other stacks cut anywhere.
/// Both count as one message; control frames may stand between fragments. A rule is judged as soon as the octet that
/// breaks it has arrived: headers before their payload, text before its end. Memory follows what has been received, never
/// what a length announces.
package struct WebSocketReader {
  package enum Event: Equatable, Sendable {
    case message(WebSocketMessage)
    case ping([UInt8])
    case pong([UInt8])
    /// The peer closes; nil when it gave no code. Nothing is read after it.
    case close(WebSocketCloseCode?)
    /// The peer broke the rules; close with this code. Nothing is read after it.
    case violation(WebSocketCloseCode, String)
  }

  private enum State {
    case header
    case payload
    case ended
  }

  private let maximumMessageBytes: Int
  /// A server requires masked frames, a client refuses them (RFC 6455 5.1).
  private let expectsMask: Bool
  private var state = State.header
  /// The start of a header whose rest has not arrived.
  private var partialHeader: [UInt8] = []
  private var frame = WebSocketFrameHeader()
  /// Of the current frame's payload.
  private var remaining = 0
  /// The kind of the message whose fragments are being put together.
  private var assembling: WebSocketMessage.Kind?
  private var message: [UInt8] = []
  private var text = UTF8Check()
  private var control: [UInt8] = []

  package init(maximumMessageBytes: Int, expectsMask: Bool) {
    self.maximumMessageBytes = maximumMessageBytes
    self.expectsMask = expectsMask
  }

  /// Whether part of a message has arrived and its end has not.
  package var isInsideMessage: Bool { assembling != nil || !partialHeader.isEmpty }
  /// What of an unfinished message is held.
  package var heldBytes: Int { message.count }

  package mutating func receive(_ bytes: UnsafeRawBufferPointer, _ emit: (Event) -> Void) {
    var cursor = 0
    while true {
      switch state {
      case .ended: return
      case .header:
        guard readHeader(bytes, &cursor) else { return }
        if let (code, reason) = begin() { return end(.violation(code, reason), emit) }
        state = .payload
      case .payload:
        let count = min(remaining, bytes.count - cursor)
        if remaining > 0, count == 0 { return }
        let part = UnsafeRawBufferPointer(rebasing: bytes[cursor..<cursor + count])
        cursor += count
        if let (code, reason) = take(part) { return end(.violation(code, reason), emit) }
        if remaining > 0 { return }
        state = .header
        if let event = finishFrame() { emit(event) }
      }
    }
  }

  private mutating func end(_ event: Event, _ emit: (Event) -> Void) {
    state = .ended
    message = []
    control = []
    emit(event)
  }

  /// False when the rest of the header has not arrived.
  private mutating func readHeader(_ bytes: UnsafeRawBufferPointer, _ cursor: inout Int) -> Bool {
    if partialHeader.isEmpty {
      if let (header, count) = WebSocketFrameHeader.read(UnsafeRawBufferPointer(rebasing: bytes[cursor...])) {
        frame = header
        cursor += count
        return true
      }
      partialHeader.append(contentsOf: bytes[cursor...])
      return false
    }
    while cursor < bytes.count {
      partialHeader.append(bytes[cursor])
      cursor += 1
      if let (header, _) = partialHeader.withUnsafeBytes({ WebSocketFrameHeader.read($0) }) {
        frame = header
        partialHeader.removeAll(keepingCapacity: true)
        return true
      }
    }
    return false
  }

  /// Judges a frame by its header.
  private mutating func begin() -> (WebSocketCloseCode, String)? {
    if frame.reservedBits != 0 { return (.protocolError, "reserved bits set without an extension") }
    guard let opcode = WebSocketOpcode(rawValue: frame.opcode) else { return (.protocolError, "unknown opcode") }
    if (frame.maskKey != nil) != expectsMask {
      return (.protocolError, expectsMask ? "client frame without a mask" : "masked server frame")
    }
    guard frame.isLengthMinimal else { return (.protocolError, "a length that is not in its shortest form") }
    if opcode.isControl {
      guard frame.fin else { return (.protocolError, "a fragmented control frame") }
      guard frame.length <= UInt64(WebSocketWriter.maximumControlBytes) else {
        return (.protocolError, "a control frame of \(frame.length) bytes")
      }
    } else {
      if (opcode == .continuation) != (assembling != nil) {
        let reason = assembling == nil ? "a continuation of nothing" : "a new message inside a fragmented one"
        return (.protocolError, reason)
      }
      guard frame.length <= UInt64(maximumMessageBytes - message.count) else {
        return (.tooBig, "a message longer than \(maximumMessageBytes) bytes")
      }
      if opcode != .continuation { assembling = opcode == .text ? .text : .binary }
    }
    remaining = Int(frame.length)
    return nil
  }

  /// Takes the next part of the current frame's payload.
  private mutating func take(_ part: UnsafeRawBufferPointer) -> (WebSocketCloseCode, String)? {
    let offset = Int(frame.length) - remaining
    remaining -= part.count
    if frame.isControl {
      Self.append(part, key: frame.maskKey, at: offset, to: &control)
      return nil
    }
    let start = message.count
    // A part that is a whole message gets exactly its room; else the array grows as it is filled.
    if start == 0, remaining == 0, frame.fin { message.reserveCapacity(part.count) }
    Self.append(part, key: frame.maskKey, at: offset, to: &message)
    guard assembling == .text else { return nil }
    let isText = message.withUnsafeBytes { text.accept(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    return isText ? nil : (.invalidData, "text that is not UTF-8")
  }

  private static func append(
    _ part: UnsafeRawBufferPointer, key: UInt32?, at offset: Int, to target: inout [UInt8]
  ) {
    let start = target.count
    target.append(contentsOf: part)
    guard let key else { return }
    target.withUnsafeMutableBytes {
      WebSocketMask.apply(key, at: offset, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
  }

  private mutating func finishFrame() -> Event? {
    if frame.isControl {
      let payload = control
      control = []
      switch frame.opcode {
      case WebSocketOpcode.ping.rawValue: return .ping(payload)
      case WebSocketOpcode.pong.rawValue: return .pong(payload)
      default:
        state = .ended
        message = []
        return Self.judgeClose(payload)
      }
    }
    guard frame.fin, let kind = assembling else { return nil }
    guard text.isComplete else {
      state = .ended
      message = []
      return .violation(.invalidData, "text that ends inside a character")
    }
    assembling = nil
    let bytes = message
    message = []
    return .message(WebSocketMessage(kind, bytes: bytes))
  }

  private static func judgeClose(_ payload: [UInt8]) -> Event {
    if payload.isEmpty { return .close(nil) }
    guard payload.count >= 2 else { return .violation(.protocolError, "a close code of one byte") }
    let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
    guard code.isAllowedOnWire else {
      return .violation(.protocolError, "close code \(code.rawValue) is not allowed")
    }
    var reason = UTF8Check()
    let isText = payload.withUnsafeBytes { reason.accept(UnsafeRawBufferPointer(rebasing: $0[2...])) }
    guard isText, reason.isComplete else { return .violation(.invalidData, "a close reason that is not UTF-8") }
    return .close(code)
  }
}
