/// Which session, and the proof that it is one's own.
public struct SessionCredential: Hashable, Sendable {
  /// 16 bytes, chosen at random by the client.
  public let id: SessionID
  /// 16 to 64 bytes that nobody else knows, also chosen by the client. They travel inside the carrier's TLS only, and only
  /// from client to server; whoever has them may resume the session.
  public let secret: [UInt8]

  public static let secretBytes = 16...64

  /// Nil when the secret is too short or too long.
  public init?(id: SessionID, secret: [UInt8]) {
    guard Self.secretBytes.contains(secret.count) else { return nil }
    self.id = id
    self.secret = secret
  }

  /// Takes as long for a wrong secret as for the right one.
  public func matches(_ other: SessionCredential) -> Bool {
    guard id == other.id, secret.count == other.secret.count else { return false }
    return zip(secret, other.secret).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

/// 128 random bits.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public var description: String {
    [high, low].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
  }
}
