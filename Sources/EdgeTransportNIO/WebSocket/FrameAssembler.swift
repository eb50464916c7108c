#if Networking
import NIOCore
import NIOWebSocket

/// The receiving brain of a WebSocket: puts fragments together and says what each frame asks for (RFC 6455 section 5).
///
/// Gorilla, which KubeEdge uses, ends a fragmented message with an empty continuation frame; other stacks cut anywhere.
/// Both count as one message. Control frames may stand between fragments.
struct FrameAssembler {
  enum Action: Equatable {
    case none
    case message(ByteBuffer)
    case ping(ByteBuffer)
    case pong
    /// The peer closes; nil when it gave no code.
    case close(WebSocketCloseCode?)
    /// The peer broke the rules; close with this code.
    case violation(WebSocketCloseCode, String)
  }

  private enum State {
    case idle
    case assembling(ByteBuffer)
    /// A close came or a rule was broken; later frames are ignored.
    case ended
  }

  private let maximumMessageBytes: Int
  /// A server requires masked frames, a client refuses them (RFC 6455 5.1).
  private let expectsMask: Bool
  private var state = State.idle

  init(maximumMessageBytes: Int, expectsMask: Bool) {
    self.maximumMessageBytes = maximumMessageBytes
    self.expectsMask = expectsMask
  }

  mutating func receive(_ frame: WebSocketFrame) -> Action {
    if case .ended = state { return .none }
    let action = judge(frame)
    switch action {
    case .close, .violation: state = .ended
    default: break
    }
    return action
  }

  private mutating func judge(_ frame: WebSocketFrame) -> Action {
    if frame.rsv1 || frame.rsv2 || frame.rsv3 {
      return .violation(.protocolError, "reserved bits set without an extension")
    }
    if (frame.maskKey != nil) != expectsMask {
      return .violation(.protocolError, expectsMask ? "client frame without a mask" : "masked server frame")
    }
    switch frame.opcode {
    case .text, .binary: return begin(frame.unmaskedData, fin: frame.fin)
    case .continuation: return carryOn(frame.unmaskedData, fin: frame.fin)
    case .ping: return .ping(frame.unmaskedData)
    case .pong: return .pong
    case .connectionClose: return judgeClose(frame.unmaskedData)
    default: return .violation(.protocolError, "unknown opcode")
    }
  }

  private mutating func begin(_ data: ByteBuffer, fin: Bool) -> Action {
    guard case .idle = state else { return .violation(.protocolError, "a new message inside a fragmented one") }
    if data.readableBytes > maximumMessageBytes { return tooBig }
    if fin { return .message(data) }
    state = .assembling(data)
    return .none
  }

  private mutating func carryOn(_ data: ByteBuffer, fin: Bool) -> Action {
    guard case .assembling(var message) = state else {
      return .violation(.protocolError, "a continuation of nothing")
    }
    // The state lets go of the buffer, so that appending does not copy it.
    state = .idle
    if message.readableBytes + data.readableBytes > maximumMessageBytes { return tooBig }
    message.writeImmutableBuffer(data)
    if fin { return .message(message) }
    state = .assembling(message)
    return .none
  }

  private var tooBig: Action { .violation(.tooBig, "a message longer than \(maximumMessageBytes) bytes") }

  private func judgeClose(_ data: ByteBuffer) -> Action {
    var data = data
    guard data.readableBytes > 0 else { return .close(nil) }
    guard let number = data.readInteger(as: UInt16.self) else {
      return .violation(.protocolError, "a close code of one byte")
    }
    let code = WebSocketCloseCode(rawValue: number)
    guard code.isAllowedOnWire else { return .violation(.protocolError, "close code \(number) is not allowed") }
    guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
      return .violation(.invalidData, "a close reason that is not UTF-8")
    }
    return .close(code)
  }
}
#endif
