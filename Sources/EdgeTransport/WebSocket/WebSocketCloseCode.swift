/// Why a WebSocket closes: the codes of RFC 6455 section 7.4.1 that we send, and our own.
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let normal = WebSocketCloseCode(rawValue: 1000)
  /// A server that stops.
  public static let goingAway = WebSocketCloseCode(rawValue: 1001)
  public static let protocolError = WebSocketCloseCode(rawValue: 1002)
  /// Text where binary is spoken.
  public static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
  /// A message that is not what its type says: text that is no UTF-8, or no KubeEdge message.
  public static let invalidData = WebSocketCloseCode(rawValue: 1007)
  /// What was sent is not allowed here, though it is well formed.
  public static let policyViolation = WebSocketCloseCode(rawValue: 1008)
  public static let tooBig = WebSocketCloseCode(rawValue: 1009)
  /// The hub has no place left.
  public static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)
  /// Private range: a newer session of the same node has taken over.
  public static let takenOver = WebSocketCloseCode(rawValue: 4001)

  /// Whether a peer may send it (RFC 6455 7.4.2 and the IANA registry).
  var isAllowedOnWire: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }

  /// Whether a connection that ends so ended in good order.
  package var isGoodOrder: Bool { self == .normal || self == .goingAway }
}
