/// A carrier inside one process, with the contract of the real ones: ordered, bounded, breakable.
public final class InMemoryFrameCarrier: FrameCarrier {
  private let incoming: ByteChannel
  private let outgoing: ByteChannel

  private init(incoming: ByteChannel, outgoing: ByteChannel) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  /// Two ends of one carrier.
  /// - Parameters:
  ///   - capacityBytes: what each direction holds before `send` suspends.
  ///   - maximumPieceBytes: the longest piece that `receive` gives.
  public static func pair(
    capacityBytes: Int = 256 << 10, maximumPieceBytes: Int = 64 << 10
  ) -> (InMemoryFrameCarrier, InMemoryFrameCarrier) {
    let one = ByteChannel(capacityBytes: capacityBytes, maximumPieceBytes: maximumPieceBytes)
    let other = ByteChannel(capacityBytes: capacityBytes, maximumPieceBytes: maximumPieceBytes)
    return (
      InMemoryFrameCarrier(incoming: one, outgoing: other), InMemoryFrameCarrier(incoming: other, outgoing: one)
    )
  }

  public func send(_ bytes: [UInt8]) async throws(TransportError) { try await outgoing.send(bytes) }
  public func receive() async throws(TransportError) -> [UInt8]? { try await incoming.receive() }

  public func close() async {
    outgoing.finish(.closed)
    incoming.abandon()
  }

  /// Breaks the carrier as a pulled cable would, for tests: both ends throw `connectionLost`, and what neither has read is
  /// lost.
  public func breakLink() {
    outgoing.finish(.lost)
    incoming.finish(.lost)
  }
}

/// A bounded queue of bytes between one sender and one receiver.
final class ByteChannel: Sendable {
  enum Side: Hashable, Sendable {
    case sender
    case receiver
  }

  enum End: Sendable {
    case closed
    case lost
    /// The receiver has left.
    case abandoned
  }

  struct Queue: Sendable {
    var pieces = FIFO<[UInt8]>()
    var bytes = 0
    var end: End?
  }

  private let capacityBytes: Int
  private let maximumPieceBytes: Int
  private let monitor = Monitor<Side, Queue>(Queue())

  init(capacityBytes: Int, maximumPieceBytes: Int) {
    precondition(capacityBytes > 0 && maximumPieceBytes > 0, "a channel holds at least one byte")
    self.capacityBytes = capacityBytes
    self.maximumPieceBytes = maximumPieceBytes
  }

  func send(_ bytes: [UInt8]) async throws(TransportError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let result: Result<Int, TransportError>
      do {
        result = try await monitor.wait(for: .sender) { (queue, wakeups) -> Result<Int, TransportError>? in
          switch queue.end {
          case .closed, .abandoned: return .failure(.ended)
          case .lost: return .failure(.carrierLost)
          case nil: break
          }
          let taken = min(rest.count, capacityBytes - queue.bytes, maximumPieceBytes)
          guard taken > 0 else { return nil }
          queue.pieces.append(Array(rest.prefix(taken)))
          queue.bytes += taken
          wakeups.wake(.receiver)
          return .success(taken)
        }
      } catch {
        throw .cancelledWait
      }
      rest = rest.dropFirst(try result.get())
    }
  }

  func receive() async throws(TransportError) -> [UInt8]? {
    let result: Result<[UInt8]?, TransportError>
    do {
      result = try await monitor.wait(for: .receiver) { (queue, wakeups) -> Result<[UInt8]?, TransportError>? in
        if let piece = queue.pieces.popFirst() {
          queue.bytes -= piece.count
          wakeups.wake(.sender)
          return .success(piece)
        }
        return queue.end.map { $0 == .lost ? .failure(.carrierLost) : .success(nil) }
      }
    } catch {
      throw .cancelledWait
    }
    return try result.get()
  }

  /// The first call decides how it ends. What is queued is still delivered after a close, not after a loss.
  func finish(_ end: End) {
    monitor.withLock { (queue, wakeups) in
      guard queue.end == nil else { return }
      queue.end = end
      if end != .closed { queue.pieces.removeAll() }
      wakeups.wakeAll()
    }
  }

  func abandon() { finish(.abandoned) }
}

extension TransportError {
  static let carrierLost = TransportError(code: .connectionLost, message: "the carrier broke")
}
