#if Networking
/// Why a stream or a connection is ended (RFC 9113, section 7).
struct HTTP2Code: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt32

  static let noError = HTTP2Code(rawValue: 0x0)
  static let protocolError = HTTP2Code(rawValue: 0x1)
  static let flowControlError = HTTP2Code(rawValue: 0x3)
  static let streamClosed = HTTP2Code(rawValue: 0x5)
  static let frameSizeError = HTTP2Code(rawValue: 0x6)
  static let refusedStream = HTTP2Code(rawValue: 0x7)
  static let compressionError = HTTP2Code(rawValue: 0x9)
  static let enhanceYourCalm = HTTP2Code(rawValue: 0xb)
}

/// What the peer did ends the connection: it is told so with GOAWAY.
struct ConnectionFailure: Error, Equatable {
  let code: HTTP2Code
  let reason: String

  init(_ code: HTTP2Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

/// Numbers of streams: odd for those of clients, 0 for the connection itself.
struct StreamID: RawRepresentable, Hashable, Comparable, Sendable {
  let rawValue: UInt32

  static let connection = StreamID(rawValue: 0)
  static let last = StreamID(rawValue: 0x7fff_ffff)

  static func < (lhs: StreamID, rhs: StreamID) -> Bool { lhs.rawValue < rhs.rawValue }
}
#endif
