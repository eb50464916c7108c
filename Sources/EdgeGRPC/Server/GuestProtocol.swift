#if Networking
import NIOCore

/// Another protocol on the port of a gRPC server. It gets the connections that do not begin as those of HTTP/2 do, with what
/// was read of them; the server counts them among its own, and stops them with its own.
public struct GuestProtocol: Sendable {
  /// One connection that was taken over.
  public struct Connection: Sendable {
    let run: @Sendable () async -> Void
    let stop: @Sendable () -> Void

    /// - Parameters:
    ///   - run: serves until the connection is closed.
    ///   - stop: the server stops: no further requests, and those under way are to end soon.
    public init(run: @escaping @Sendable () async -> Void, stop: @escaping @Sendable () -> Void) {
      self.run = run
      self.stop = stop
    }
  }

  let open: @Sendable (any Channel) throws -> Connection

  /// - Parameter open: adds handlers to the end of the channel's pipeline. Called on the channel's event loop; the bytes that
  ///   were read come to the handlers afterwards.
  public init(open: @escaping @Sendable (any Channel) throws -> Connection) { self.open = open }
}

/// Tells from its first bytes what a connection speaks, once.
struct ProtocolSniffer {
  enum Verdict {
    case undecided
    case http2
    case guest
  }

  private var bytes = ByteBuffer()

  /// What was read until the verdict.
  var seen: ByteBuffer { bytes }

  /// HTTP/2 begins with `PRI`, a method that no other version has. What does not begin with a method at all is left to HTTP/2,
  /// which refuses it.
  mutating func read(_ buffer: ByteBuffer) -> Verdict {
    bytes.writeImmutableBuffer(buffer)
    let start = bytes.readableBytesView.prefix(3)
    guard let first = start.first else { return .undecided }
    guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return .http2 }
    guard "PRI".utf8.starts(with: start) else { return .guest }
    return start.count == 3 ? .http2 : .undecided
  }
}
#endif
