/// One frame of a session: those of RFC 9000 and RFC 9221 that have a meaning on a reliable carrier, and four of our own.
///
/// CRYPTO, NEW_TOKEN, the connection ids, the path frames and HANDSHAKE_DONE belong to QUIC's packets and its TLS, which the
/// carrier has its own of; here they are unknown. See docs/framing.md for every byte.
public enum Frame: Hashable, Sendable {
  /// As many bytes of it as stood together.
  case padding(count: Int)
  case ping
  case acknowledgement(Acknowledgement)
  case resetStream(StreamID, code: UInt64, finalSize: UInt64)
  case stopSending(StreamID, code: UInt64)
  case stream(StreamFrame)
  case compressedStream(CompressedStreamFrame)
  case maxData(UInt64)
  case maxStreamData(StreamID, UInt64)
  case maxStreams(StreamDirection, UInt64)
  case dataBlocked(limit: UInt64)
  case streamDataBlocked(StreamID, limit: UInt64)
  case streamsBlocked(StreamDirection, limit: UInt64)
  case connectionClose(SessionClose)
  case datagram(ArraySlice<UInt8>)
  indirect case hello(SessionHello)
  indirect case resume(SessionResumption)
  case priority(StreamID, UInt64)

  /// Whether the peer acknowledges it, and so whether it has a number (RFC 9000, section 13.2). The greeting has none: it
  /// is answered by a greeting.
  public var isAckEliciting: Bool {
    switch self {
    case .padding, .acknowledgement, .connectionClose, .hello, .resume: false
    default: true
    }
  }
}

/// A piece of a stream.
public struct StreamFrame: Hashable, Sendable {
  public var stream: StreamID
  public var offset: UInt64
  public var isFinal: Bool
  /// What was read shares the storage of the bytes it came in.
  public var data: ArraySlice<UInt8>

  public init(stream: StreamID, offset: UInt64, isFinal: Bool, data: ArraySlice<UInt8>) {
    self.stream = stream
    self.offset = offset
    self.isFinal = isFinal
    self.data = data
  }
}

/// The content of CONNECTION_CLOSE: why this end closes.
public struct SessionClose: Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    /// A rule of the framing; `frameType` is 0 where no single frame broke it.
    case transport(FramingErrorCode, frameType: UInt64)
    /// A number that only the application knows.
    case application(UInt64)
  }

  public var reason: Reason
  /// For people; at most ``maximumTextBytes`` of UTF-8 are sent.
  public var text: String

  public static let maximumTextBytes = 1024

  public init(_ reason: Reason, _ text: String = "") {
    self.reason = reason
    self.text = text
  }

  public init(_ error: FramingError) {
    self.init(.transport(error.code, frameType: error.frameType ?? 0), error.message)
  }

  /// Whether only the connection is given up.
  public var leavesSessionAlive: Bool {
    if case .transport(let code, _) = reason { code.leavesSessionAlive } else { false }
  }

  public var description: String {
    switch reason {
    case .transport(let code, _): "\(code): \(text)"
    case .application(let code): "application error \(code): \(text)"
    }
  }
}
