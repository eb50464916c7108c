/// A connection inside one process, with the contract of the real ones: ordered, bounded, breakable.
public final class InMemoryConnection: MessageConnection {
  private let incoming: MessageChannel
  private let outgoing: MessageChannel

  private init(incoming: MessageChannel, outgoing: MessageChannel) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  /// Two ends of one link.
  /// - Parameter capacity: how many messages each direction holds before `send` suspends.
  public static func pair(capacity: Int = 64) -> (InMemoryConnection, InMemoryConnection) {
    let one = MessageChannel(capacity: capacity)
    let other = MessageChannel(capacity: capacity)
    return (InMemoryConnection(incoming: one, outgoing: other), InMemoryConnection(incoming: other, outgoing: one))
  }

  public var inbound: InboundMessages {
    InboundMessages { [incoming] () async throws(TransportError) -> EdgeMessage? in try await incoming.next() }
  }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await outgoing.send(message) }

  public func close() async {
    outgoing.finish(nil)
    incoming.finish(nil)
  }

  /// Breaks the link as a pulled cable would, for tests: both ends throw `connectionLost`.
  public func breakLink() {
    let error = TransportError(code: .connectionLost, message: "the link was broken")
    outgoing.finish(error)
    incoming.finish(error)
  }
}
