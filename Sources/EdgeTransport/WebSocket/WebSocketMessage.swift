/// One message of a WebSocket, whatever frames it came in.
public struct WebSocketMessage: Hashable, Sendable {
  /// Text is valid UTF-8; binary is any bytes.
  public enum Kind: UInt8, Hashable, Sendable {
    case text = 1
    case binary = 2
  }

  public let kind: Kind
  public let bytes: [UInt8]

  /// - Parameter bytes: must be valid UTF-8 for text: a peer closes the connection otherwise.
  public init(_ kind: Kind, bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }

  public static func text(_ text: String) -> WebSocketMessage { WebSocketMessage(.text, bytes: Array(text.utf8)) }
}
