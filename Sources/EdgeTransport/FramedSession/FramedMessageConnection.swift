import Synchronization

/// KubeEdge's messages on one stream of a framed session, with the contract of ``MessageConnection``: what runs over a
/// WebSocket of KubeEdge's, an ``Outbox`` with its ``MessageLink`` say, runs over it unchanged.
///
/// It outlives carriers, as its stream does: a link over it does not notice that one broke and another one went on, and ends
/// when the session ends. On the stream a message is its length (four bytes, the highest first) and its bytes. A length of 0
/// is no message; the opener begins with one, so that the peer learns of the stream at once.
public final class FramedMessageConnection: MessageConnection {
  /// What a stream is reset and stopped with by an end that finds no message on it.
  public static let malformedCode: UInt64 = 1

  public let stream: FramedStream
  private let limits: MessageLimits
  private let reader: Mutex<MessageStreamReader>
  /// Senders write one after the other; true while one does.
  private let turn = Monitor<Turn, Bool>(false)

  private enum Turn: Hashable, Sendable { case sender }

  init(stream: FramedStream, limits: MessageLimits) {
    self.stream = stream
    self.limits = limits
    reader = Mutex(MessageStreamReader(maximumBytes: limits.maximumBytes))
  }

  // MARK: Receiving

  public var inbound: InboundMessages {
    InboundMessages { [self] () async throws(TransportError) -> EdgeMessage? in try await next() }
  }

  private func next() async throws(TransportError) -> EdgeMessage? {
    while true {
      if let bytes = try nextBytes() { return try decode(bytes) }
      let piece: [UInt8]?
      do throws(TransportError) {
        piece = try await stream.read()
      } catch {
        // The end of a session in good order, and of a reader that was cancelled, are ends of the sequence.
        if error.code == .closed || error.code == .cancelled { return nil }
        throw error
      }
      guard let piece else {
        if reader.withLock(\.isInsideMessage) { throw fail("the stream ends within a message") }
        return nil
      }
      reader.withLock { $0.append(piece) }
    }
  }

  private func nextBytes() throws(TransportError) -> [UInt8]? {
    switch reader.withLock({ $0.next() }) {
    case .message(let bytes): return bytes
    case .incomplete: return nil
    case .tooLong(let length):
      throw fail("a message of \(length) bytes; \(limits.maximumBytes) are allowed", code: .tooLarge)
    }
  }

  private func decode(_ bytes: [UInt8]) throws(TransportError) -> EdgeMessage {
    do throws(MessageError) {
      return try EdgeMessage(decoding: bytes, limits: limits)
    } catch {
      throw fail("the peer sent what is no message", cause: error)
    }
  }

  /// Gives the stream up, not the session.
  private func fail(
    _ message: String, code: TransportError.Code = .protocolViolation, cause: (any Error)? = nil
  ) -> TransportError {
    stream.reset(code: Self.malformedCode)
    stream.stopReading(code: Self.malformedCode)
    return TransportError(code: code, message: message, cause: cause)
  }

  // MARK: Sending

  public func send(_ message: EdgeMessage) async throws(TransportError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.content.bytes.count + 512)
    bytes.append(contentsOf: [0, 0, 0, 0])
    message.encode(into: &bytes)
    let length = bytes.count - 4
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    try await write(bytes)
  }

  /// Tells the peer that there is a stream.
  func begin() async throws(TransportError) { try await write([0, 0, 0, 0]) }

  private func write(_ bytes: [UInt8]) async throws(TransportError) {
    do {
      try await turn.wait(for: .sender) { (isTaken, _) -> Void? in
        if isTaken { return nil }
        isTaken = true
        return ()
      }
    } catch {
      throw .cancelledWait
    }
    var rest = bytes[...]
    do throws(TransportError) {
      try await stream.write(from: &rest)
    } catch {
      if error.code == .cancelled, rest.count < bytes.count {
        // The others must not find half a message before theirs, so it is accepted.
        let rest = Array(rest)
        Task {
          try? await self.stream.write(rest)
          self.endTurn()
        }
        return
      }
      endTurn()
      throw error.code == .streamOver ? .ended : error
    }
    endTurn()
  }

  private func endTurn() {
    turn.withLock { (isTaken, wakeups) in
      isTaken = false
      wakeups.wake(.sender)
    }
  }

  /// Ends the stream after what was sent before, which the session still delivers; the session goes on.
  public func close() async {
    stream.finish()
    stream.stopReading(code: 0)
  }
}

extension FramedSession {
  /// Opens a stream for messages, in the class that they are sent in.
  /// - Throws: as ``openStream(_:priority:)``.
  public func openMessageConnection(
    priority: StreamPriority = .objects, limits: MessageLimits = .default
  ) async throws(TransportError) -> FramedMessageConnection {
    let connection = FramedMessageConnection(stream: try await openStream(priority: priority), limits: limits)
    try await connection.begin()
    return connection
  }

  /// The next stream that the peer opens, which both ends know to be for messages.
  /// - Throws: as ``acceptStream()``.
  public func acceptMessageConnection(
    limits: MessageLimits = .default
  ) async throws(TransportError) -> FramedMessageConnection {
    FramedMessageConnection(stream: try await acceptStream(), limits: limits)
  }
}
