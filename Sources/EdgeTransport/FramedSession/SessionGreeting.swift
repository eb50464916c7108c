/// The first frame of a client: it names the session, so that a server finds whose connection this is.
public enum SessionGreeting: Hashable, Sendable {
  case hello(SessionHello)
  case resume(SessionResumption)

  /// Nil for any other frame.
  public init?(_ frame: Frame) {
    switch frame {
    case .hello(let hello): self = .hello(hello)
    case .resume(let resumption): self = .resume(resumption)
    default: return nil
    }
  }

  public var attempt: UInt64 {
    switch self {
    case .hello(let hello): hello.attempt
    case .resume(let resumption): resumption.attempt
    }
  }

  /// Nil when it shows no secret.
  public var credential: SessionCredential? {
    switch self {
    case .hello(let hello): SessionCredential(id: hello.id, secret: hello.secret)
    case .resume(let resumption): SessionCredential(id: resumption.id, secret: resumption.secret)
    }
  }
}
