/// Why a session or one of its connections was closed, as it stands in CONNECTION_CLOSE.
public struct FramingErrorCode: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  // RFC 9000, section 20.1.
  public static let noError = FramingErrorCode(rawValue: 0x00)
  public static let internalError = FramingErrorCode(rawValue: 0x01)
  /// The server takes no more sessions.
  public static let connectionRefused = FramingErrorCode(rawValue: 0x02)
  public static let flowControlError = FramingErrorCode(rawValue: 0x03)
  public static let streamLimitError = FramingErrorCode(rawValue: 0x04)
  public static let streamStateError = FramingErrorCode(rawValue: 0x05)
  public static let finalSizeError = FramingErrorCode(rawValue: 0x06)
  public static let frameEncodingError = FramingErrorCode(rawValue: 0x07)
  public static let transportParameterError = FramingErrorCode(rawValue: 0x08)
  public static let protocolViolation = FramingErrorCode(rawValue: 0x0A)
  public static let applicationError = FramingErrorCode(rawValue: 0x0C)

  // Ours, in the block of `FrameType.ours`.
  /// No session of that id may be resumed with that secret: it never was, has ended, or belongs to somebody else. The three
  /// are not told apart, so that nobody can probe for ids.
  public static let sessionUnknown = FramingErrorCode(rawValue: 0x3A7C_5100)
  /// A newer connection of the same session took this one's place. The session lives.
  public static let sessionTakenOver = FramingErrorCode(rawValue: 0x3A7C_5101)
  /// The session was without a connection for longer than its ends agreed to.
  public static let sessionExpired = FramingErrorCode(rawValue: 0x3A7C_5102)
  /// The peer speaks no version that this end speaks.
  public static let versionUnsupported = FramingErrorCode(rawValue: 0x3A7C_5103)
  /// This end gives up the connection, not the session.
  public static let sessionDetached = FramingErrorCode(rawValue: 0x3A7C_5104)

  /// Whether the session goes on without the connection that was closed with this code.
  public var leavesSessionAlive: Bool { self == .sessionTakenOver || self == .sessionDetached }

  public var description: String {
    switch self {
    case .noError: "NO_ERROR"
    case .internalError: "INTERNAL_ERROR"
    case .connectionRefused: "CONNECTION_REFUSED"
    case .flowControlError: "FLOW_CONTROL_ERROR"
    case .streamLimitError: "STREAM_LIMIT_ERROR"
    case .streamStateError: "STREAM_STATE_ERROR"
    case .finalSizeError: "FINAL_SIZE_ERROR"
    case .frameEncodingError: "FRAME_ENCODING_ERROR"
    case .transportParameterError: "TRANSPORT_PARAMETER_ERROR"
    case .protocolViolation: "PROTOCOL_VIOLATION"
    case .applicationError: "APPLICATION_ERROR"
    case .sessionUnknown: "SESSION_UNKNOWN"
    case .sessionTakenOver: "SESSION_TAKEN_OVER"
    case .sessionExpired: "SESSION_EXPIRED"
    case .versionUnsupported: "VERSION_UNSUPPORTED"
    case .sessionDetached: "SESSION_DETACHED"
    default: "0x" + String(rawValue, radix: 16)
    }
  }
}

/// A rule of the framing that the peer broke; it closes the session with ``code``.
public struct FramingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: FramingErrorCode
  /// The type of the frame that broke the rule; nil where no single frame did.
  public let frameType: UInt64?
  public let message: String

  public init(_ code: FramingErrorCode, in frameType: UInt64? = nil, _ message: String) {
    self.code = code
    self.frameType = frameType
    self.message = message
  }

  public var description: String { "\(code): \(message)" }
}
