#if Networking
import EdgeTransport

/// Bytes between the event loop of one connection and the tasks that send and receive on it, bounded both ways.
///
/// The event loop never waits: it heeds ``mayRead()`` and stops reading its socket, so that TCP tells the peer. What one read
/// brought may stand above the bound.
package final class ByteQueues: Sendable {
  private enum Waiter: Hashable, Sendable {
    case sender
    case receiver
  }

  private struct State: Sendable {
    var incoming = FIFO<[UInt8]>()
    var incomingBytes = 0
    /// The event loop waits for the receiver.
    var isReadingPaused = false
    var outgoing = FIFO<[UInt8]>()
    var outgoingBytes = 0
    /// The loop has been told and has not looked yet.
    var isDrainRequested = false
    /// What senders are told; what they sent before still leaves.
    var sendEnd: TransportError?
    /// What the receiver is told after the last piece; success is an end in good order.
    var receiveEnd: Result<Void, TransportError>?
  }

  /// What a sender hands over at once, so that a long write does not stand above the bound.
  private static let pieceBytes = 64 << 10

  private let monitor = Monitor<Waiter, State>(State())
  private let incomingCapacity: Int
  private let outgoingCapacity: Int

  /// - Parameters: bytes; each direction holds about as many before its producer waits.
  package init(incomingCapacity: Int, outgoingCapacity: Int) {
    self.incomingCapacity = incomingCapacity
    self.outgoingCapacity = outgoingCapacity
  }

  // MARK: For tasks

  /// - Parameter wake: asks the event loop to ``take(upTo:)``; called only when the loop does not know yet.
  package func send(_ bytes: [UInt8], wake: @Sendable () -> Void) async throws(TransportError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Self.pieceBytes)
      rest = rest.dropFirst(piece.count)
      let isFirst: Result<Bool, TransportError>
      do {
        isFirst = try await monitor.wait(for: .sender) { (state, _) -> Result<Bool, TransportError>? in
          if let end = state.sendEnd { return .failure(end) }
          guard state.outgoingBytes < outgoingCapacity else { return nil }
          state.outgoing.append(piece.count == bytes.count ? bytes : Array(piece))
          state.outgoingBytes += piece.count
          defer { state.isDrainRequested = true }
          return .success(!state.isDrainRequested)
        }
      } catch {
        throw .cancelled
      }
      if try isFirst.get() { wake() }
    }
  }

  /// The next piece; nil at an end in good order.
  /// - Parameter readOn: asks the event loop to read again; called when it waits for the room that this made.
  package func receive(readOn: @Sendable () -> Void) async throws(TransportError) -> [UInt8]? {
    let outcome: Result<(piece: [UInt8], readsOn: Bool)?, TransportError>
    do {
      outcome = try await monitor.wait(for: .receiver) {
        (state, _) -> Result<(piece: [UInt8], readsOn: Bool)?, TransportError>? in
        if let piece = state.incoming.popFirst() {
          state.incomingBytes -= piece.count
          let readsOn = state.isReadingPaused && state.incomingBytes < incomingCapacity
          if readsOn { state.isReadingPaused = false }
          return .success((piece, readsOn))
        }
        switch state.receiveEnd {
        case nil: return nil
        case .success: return .success(nil)
        case .failure(let error): return .failure(error)
        }
      }
    } catch {
      throw .cancelled
    }
    guard let (piece, readsOn) = try outcome.get() else { return nil }
    if readsOn { readOn() }
    return piece
  }

  // MARK: For the event loop

  /// After the end it is dropped.
  package func deliver(_ bytes: [UInt8]) {
    monitor.withLock { (state, wakeups) in
      guard state.receiveEnd == nil else { return }
      state.incoming.append(bytes)
      state.incomingBytes += bytes.count
      wakeups.wake(.receiver)
    }
  }

  /// False when the receiver is behind; it will then ask to read on.
  package func mayRead() -> Bool {
    monitor.withLock { (state, _) in
      state.isReadingPaused = state.incomingBytes >= incomingCapacity
      return !state.isReadingPaused
    }
  }

  /// Takes pieces of about `limit` bytes, at least one; nothing when none waits.
  package func take(upTo limit: Int) -> [[UInt8]] {
    monitor.withLock { (state, wakeups) in
      var taken: [[UInt8]] = []
      var bytes = 0
      while let next = state.outgoing.first, taken.isEmpty || bytes + next.count <= limit {
        _ = state.outgoing.popFirst()
        bytes += next.count
        taken.append(next)
      }
      state.outgoingBytes -= bytes
      if bytes > 0, state.outgoingBytes < outgoingCapacity { wakeups.wake(.sender) }
      // The loop goes on taking until nothing is left, so only then must it be woken again.
      state.isDrainRequested = !taken.isEmpty
      return taken
    }
  }

  /// Both directions end; the first call decides how.
  /// - Parameters:
  ///   - error: what broke; nil is an end in good order.
  ///   - isOurs: this end closes: nobody wants what has come in. Otherwise it is still received.
  package func finish(_ error: TransportError?, isOurs: Bool) {
    monitor.withLock { (state, wakeups) in
      guard state.receiveEnd == nil else { return }
      state.sendEnd = error ?? .closed
      state.receiveEnd = error.map { .failure($0) } ?? .success(())
      if isOurs {
        state.incoming.removeAll()
        state.incomingBytes = 0
      }
      wakeups.wakeAll()
    }
  }
}
#endif
