#if QUIC
import CEdgeQUIC
import EdgeTransport
import EdgeTransportNIO

/// How one end closed a connection: CONNECTION_CLOSE, or a stateless reset.
struct QUICEnd: Equatable {
  enum Reason: Equatable {
    /// A code of RFC 9000, section 20.1, or of TLS.
    case transport(UInt64)
    case application(UInt64)
    case reset
  }

  let reason: Reason
  let text: String

  init(_ end: edge_quic_end) {
    reason = end.is_reset ? .reset : end.is_transport ? .transport(end.code) : .application(end.code)
    text = withUnsafeBytes(of: end.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Nil for a close in good order.
  func error(saidBy who: String) -> TransportError? {
    let words = text.isEmpty ? "" : ": \(text)"
    switch reason {
    case .transport(0), .application(0): return nil
    case .reset: return TransportError(code: .connectionLost, message: "\(who) does not know the connection any more")
    case .transport(0x178): return .framesNotSpoken
    case .transport(let code) where (0x100...0x1ff).contains(code):
      return TransportError(code: .insecure, message: "TLS failed: \(who) says alert \(code & 0xff)\(words)")
    case .transport(0x2):
      return TransportError(code: .connectionLost, message: "\(who) refuses the connection\(words)")
    case .transport(let code):
      return TransportError(
        code: .protocolViolation,
        message: "\(who) sees a broken rule of QUIC, code 0x\(String(code, radix: 16))\(words)")
    case .application(let code):
      return TransportError(code: .connectionLost, message: "\(who) gave up the connection, code \(code)\(words)")
    }
  }
}

/// Codes of CONNECTION_CLOSE (type 0x1d) that these ends send.
enum QUICCloseCode {
  /// Everything was received, or is no longer wanted: a close in good order.
  static let done: UInt64 = 0
  /// The peer takes nothing, or did not let a close come to its end.
  static let gaveUp: UInt64 = 1
}
#endif
