#if QUIC
import CEdgeQUIC
import EdgeTransport
import EdgeTransportNIO
import NIOCore

/// What a connection needs of the endpoint whose socket it shares. All is on one event loop.
protocol QUICEndpoint: AnyObject {
  var socket: DatagramSocket { get }
  /// The peer has proved itself. It may be refused from here.
  func handshakeEnded(_ connection: QUICConnection)
  /// No byte comes or goes any more; before the handshake was done, `error` says why it failed.
  func ended(_ connection: QUICConnection, _ error: TransportError?)
  /// Its ids may be forgotten. The last that is heard of it.
  func isGone(_ connection: QUICConnection)
  /// It has written, and may have told the peer new ids of its own.
  func noteChanges(of connection: QUICConnection)
  /// Waits for room in the socket; see ``QUICConnection/pump()``.
  func isBlocked(_ connection: QUICConnection)
  /// It cut off a peer that takes nothing.
  func cutOff(_ connection: QUICConnection)
}

/// The event-loop half of a connection over QUIC; ``QUICLink`` is the half that tasks see.
///
/// ```
/// handshaking --> open --close asked--> closing (the queue and our FIN leave) --acknowledged, or patience over--> lingering
///      \            \--peer's FIN: a close in good order, all was received-----------------------------------------/   |
///       \------------\--peer's CONNECTION_CLOSE, reset, silence--> gone <--------three probe timeouts, 1 s at most-----/
/// ```
/// A FIN is the close of both directions, as in the other carriers: whoever gets it has every byte and says CONNECTION_CLOSE.
/// Lingering answers what still comes with CONNECTION_CLOSE once more (RFC 9000, section 10.2.1).
final class QUICConnection {
  private enum State {
    case handshaking
    case open
    case closing
    case lingering(last: ByteBuffer, heard: Int)
    case gone
  }

  private static let longestLingering = TimeAmount.seconds(1)

  let queues = ByteQueues(incomingCapacity: 2 * QUICBounds.queuedBytes, outgoingCapacity: QUICBounds.queuedBytes)
  let loop: any EventLoop
  /// From where it was heard last.
  private(set) var remote: SocketAddress
  private let machine: QUICMachine
  private let timing: QUICTiming
  private let counters: LinkCounters
  private let ending: EventLoopPromise<Void>
  private var endpoint: (any QUICEndpoint)?
  private var state = State.handshaking
  /// Received and handed on, for which the peer has no new room yet.
  private var unallowedBytes = 0
  /// Senders may have left something in the queue.
  private var mayTakeMore = false
  private var timer: Scheduled<Void>?
  private var timerDue: UInt64 = 0
  private var writeTask: Scheduled<Void>?
  private var closeTask: Scheduled<Void>?

  init(
    machine: QUICMachine, remote: SocketAddress, endpoint: any QUICEndpoint, timing: QUICTiming, counters: LinkCounters
  ) {
    self.machine = machine
    self.remote = remote
    self.endpoint = endpoint
    self.timing = timing
    self.counters = counters
    loop = endpoint.socket.loop
    ending = loop.makePromise()
  }

  /// Succeeds when no byte comes or goes any more.
  var closeFuture: EventLoopFuture<Void> { ending.futureResult }
  var peerCertificate: [UInt8]? { machine.peerCertificate }
  var movesOfPeer: Int { machine.movesOfPeer }
  func nextIDChange() -> (id: ConnectionID, isNew: Bool)? { machine.nextIDChange() }

  // MARK: Datagrams in

  /// Reads one datagram; ``settle()`` follows the last of several.
  func read(_ datagram: ByteBuffer, from remote: SocketAddress) {
    switch state {
    case .gone: return
    case .lingering(let last, let heard):
      // Ever rarer, so that two ends do not answer each other without end.
      state = .lingering(last: last, heard: heard + 1)
      if (heard + 1).nonzeroBitCount == 1 { endpoint?.socket.send(last, to: remote) }
    case .handshaking, .open, .closing:
      guard let address = edge_quic_address(remote) else { return }
      self.remote = remote
      heed(machine.read(datagram, from: address, now: QUICMachine.now))
    }
  }

  /// Looks at what datagrams or time have changed, and answers.
  func settle() {
    switch state {
    case .lingering, .gone: return
    case .handshaking, .open, .closing: break
    }
    takeReceived()
    if case .handshaking = state, machine.handshakeIsDone {
      state = .open
      endpoint?.handshakeEnded(self)
    }
    if machine.endIsReceived { return end(nil, saying: QUICCloseCode.done) }
    if machine.streamIsBroken {
      return end(
        TransportError(code: .connectionLost, message: "the peer gave up its stream"), saying: QUICCloseCode.gaveUp)
    }
    if case .closing = state, machine.endIsAcknowledged { return end(nil, saying: QUICCloseCode.done) }
    pump()
  }

  private func takeReceived() {
    let bytes = machine.takeReceived()
    if !bytes.isEmpty {
      counters.received(messages: 0, bytes: bytes.count)
      unallowedBytes += bytes.count
      queues.deliver(bytes)
    }
    allowMore()
  }

  /// While the receiver is slow the peer's window stays as it is.
  private func allowMore() {
    guard unallowedBytes > 0 else { return }
    if case .closing = state {
      // Nobody wants it, but what the peer says behind it.
    } else if !queues.mayRead() {
      return
    }
    machine.allow(unallowedBytes)
    unallowedBytes = 0
  }

  /// The receiver has made room.
  func readOn() {
    guard unallowedBytes > 0 else { return }
    settle()
  }

  private func heed(_ step: QUICMachine.Step) {
    switch step {
    case .goesOn: break
    case .closedByPeer:
      takeReceived()
      if machine.endIsReceived { return vanish(nil) }
      if case .closing = state { return vanish(nil) }
      vanish(machine.peerEnd.error(saidBy: "the peer"))
    case .idle:
      vanish(TransportError(code: .timedOut, message: "nothing was heard of the peer for \(timing.idleTimeout)"))
    case .handshakeTimedOut:
      vanish(TransportError(code: .timedOut, message: "the peer did not answer the handshake in time"))
    case .forget: vanish(TransportError(code: .connectionLost, message: "the handshake was given up"))
    case .failed:
      takeReceived()
      let error = machine.failure.error(saidBy: "this end")
      end(error ?? TransportError(code: .connectionLost, message: machine.failure.text), saying: QUICCloseCode.gaveUp)
    }
  }

  // MARK: Datagrams out

  /// Something waits in the queue.
  func drain() {
    mayTakeMore = true
    switch state {
    case .open, .closing: pump()
    case .handshaking, .lingering, .gone: break
    }
  }

  /// Writes what path, peer and socket take now.
  func pump() {
    switch state {
    case .lingering, .gone: return
    case .handshaking, .open, .closing: break
    }
    guard let socket = endpoint?.socket else { return }
    guard socket.isWritable else {
      endpoint?.isBlocked(self)
      return reschedule()
    }
    let now = QUICMachine.now
    var budget = max(machine.burstBytes, Int(EDGE_QUIC_MAX_DATAGRAM_BYTES))
    var batch: DatagramBatch?
    while budget > 0 {
      guard feed() else {
        return end(TransportError(code: .connectionLost, message: "no memory"), saying: QUICCloseCode.gaveUp)
      }
      socket.scratch.clear()
      var address = edge_quic_address()
      let (step, written) = machine.write(to: &socket.scratch, remote: &address, now: now)
      guard step == .goesOn else {
        if let batch { socket.send(batch) }
        socket.flush()
        return heed(step)
      }
      if written == 0 { break }
      budget -= written
      if batch?.add(socket.scratch, to: address) == true { continue }
      if let batch { socket.send(batch) }
      let expected = min(machine.unsentBytes, budget) / written + 1
      batch = DatagramBatch(socket.scratch, to: address, segments: expected, allocator: socket.allocator)
    }
    if let batch {
      socket.send(batch)
      socket.flush()
      machine.burstLeft(now: now)
    }
    endpoint?.noteChanges(of: self)
    watchWrites()
    reschedule()
  }

  /// Gives the transport what senders have queued, as far as it holds little. False when there is no memory.
  private func feed() -> Bool {
    switch state {
    case .open, .closing: break
    case .handshaking, .lingering, .gone: return true
    }
    while mayTakeMore, machine.unsentBytes < QUICBounds.unsentBytes,
      machine.unacknowledgedBytes < QUICBounds.unacknowledgedBytes
    {
      let pieces = queues.take(upTo: QUICBounds.unsentBytes)
      if pieces.isEmpty {
        mayTakeMore = false
        if case .closing = state { machine.finish() }
      }
      for piece in pieces {
        guard machine.send(piece) else { return false }
        counters.sent(messages: 0, bytes: piece.count)
      }
    }
    return true
  }

  /// The peer goes on from another address of this end.
  func move(to local: SocketAddress) {
    guard let address = edge_quic_address(local) else { return }
    switch state {
    case .handshaking, .open, .closing:
      machine.move(to: address, now: QUICMachine.now)
      pump()
    case .lingering, .gone: break
    }
  }

  // MARK: Time

  /// A timer that is due too early looks again, so that not every datagram moves it.
  private func reschedule() {
    switch state {
    case .lingering, .gone: return
    case .handshaking, .open, .closing: break
    }
    guard let due = machine.expiry else { return }
    if timer != nil, timerDue <= due { return }
    timer?.cancel()
    timerDue = due
    timer = loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(due)) {
      self.timer = nil
      self.timeHasPassed()
    }
  }

  private func timeHasPassed() {
    let now = QUICMachine.now
    if let due = machine.expiry, due > now { return reschedule() }
    heed(machine.expire(now: now))
    settle()
  }

  /// Looks after each ``QUICTiming/writeTimeout`` whether the peer has taken anything in it, as long as something waits; an idle
  /// connection has no timer. Its idle timeout does not find a peer that is there and never reads.
  private func watchWrites() {
    guard writeTask == nil, machine.unacknowledgedBytes > 0 else { return }
    let taken = machine.acknowledgedBytes
    writeTask = loop.assumeIsolated().scheduleTask(in: TimeAmount(timing.writeTimeout)) {
      self.writeTask = nil
      guard self.machine.unacknowledgedBytes > 0 else { return }
      guard self.machine.acknowledgedBytes == taken else { return self.watchWrites() }
      self.endpoint?.cutOff(self)
      self.end(
        TransportError(code: .timedOut, message: "the peer no longer takes what is sent to it"),
        saying: QUICCloseCode.gaveUp)
    }
  }

  // MARK: Ends

  /// Closes in good order: what is queued leaves first, then our FIN. Who does not take it is given up after
  /// ``QUICTiming/closeTimeout``.
  func close() {
    switch state {
    case .handshaking: return end(.closed, saying: QUICCloseCode.gaveUp)
    case .closing, .lingering, .gone: return
    case .open: break
    }
    state = .closing
    queues.finish(nil, isOurs: true)
    closeTask = loop.assumeIsolated().scheduleTask(in: TimeAmount(timing.closeTimeout)) {
      self.end(nil, saying: QUICCloseCode.gaveUp)
    }
    mayTakeMore = true
    allowMore()
    pump()
  }

  /// Sends a last word on the stream and closes.
  func close(saying bytes: [UInt8]) {
    guard case .open = state, machine.send(bytes) else { return vanish(.closed) }
    close()
  }

  /// Ends with CONNECTION_CLOSE, or with the code of a rule that the peer broke.
  private func end(_ error: TransportError?, saying code: UInt64) {
    switch state {
    case .lingering, .gone: return
    case .handshaking, .open, .closing: break
    }
    guard let socket = endpoint?.socket else { return vanish(error) }
    var last = socket.allocator.buffer(capacity: Int(EDGE_QUIC_MAX_DATAGRAM_BYTES))
    let address = machine.writeClose(code, error?.message ?? "", to: &last, now: QUICMachine.now)
    guard let remote = address?.socketAddress else { return vanish(error) }
    socket.send(last, to: remote)
    finish(error, then: .lingering(last: last, heard: 0))
    let time = min(TimeAmount.nanoseconds(Int64(clamping: 3 * machine.probeTimeout)), Self.longestLingering)
    closeTask = loop.assumeIsolated().scheduleTask(in: time) { self.vanish(nil) }
  }

  /// Ends without a word, or after the last.
  func vanish(_ error: TransportError?) {
    if case .gone = state { return }
    closeTask?.cancel()
    if case .lingering = state { state = .gone } else { finish(error, then: .gone) }
    let endpoint = endpoint
    self.endpoint = nil
    endpoint?.isGone(self)
  }

  private func finish(_ error: TransportError?, then next: State) {
    state = next
    timer?.cancel()
    timer = nil
    writeTask?.cancel()
    closeTask?.cancel()
    queues.finish(error, isOurs: false)
    endpoint?.ended(self, error)
    ending.succeed()
  }
}
#endif
