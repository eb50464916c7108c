/// What a server does with a new carrier before it knows whose it is: it reads one greeting, within a bound, and nothing else.
public struct GreetingReader: Sendable {
  /// What came after the greeting; it belongs to the session.
  public private(set) var reader: FrameReader

  public init() { reader = FrameReader(maximumFrameBytes: FramedSessionConfiguration.maximumFrameBytes) }

  /// Takes bytes of the carrier; the greeting when it is whole.
  /// - Throws: what to close the carrier with: PROTOCOL_VIOLATION for any other frame, SESSION_UNKNOWN for a greeting
  ///   without a secret, and what is said of malformed ones.
  public mutating func receive(_ bytes: [UInt8]) throws(FramingError) -> SessionGreeting? {
    reader.append(bytes)
    while let frame = try reader.next() {
      if case .padding = frame { continue }
      guard let greeting = SessionGreeting(frame) else {
        throw FramingError(.protocolViolation, "the first frame is no greeting")
      }
      guard greeting.credential != nil else { throw FramingError(.sessionUnknown, "the greeting shows no secret") }
      return greeting
    }
    return nil
  }
}
