#if QUIC
import CEdgeQUIC
import EdgeTransport
import NIOCore

/// One connection of ngtcp2: datagrams in and out, time as a number, one stream each way. It does no IO and knows no loop.
final class QUICMachine {
  /// How a step went.
  enum Step: Equatable {
    case goesOn
    /// The peer has closed; nothing may be sent any more.
    case closedByPeer
    case idle
    case handshakeTimedOut
    /// To be forgotten without a word.
    case forget
    /// A broken rule or a failed check, ours to tell the peer.
    case failed

    init(_ state: edge_quic_state) {
      switch state {
      case EDGE_QUIC_GOING_ON: self = .goesOn
      case EDGE_QUIC_CLOSED_BY_PEER: self = .closedByPeer
      case EDGE_QUIC_IDLE: self = .idle
      case EDGE_QUIC_HANDSHAKE_TIMEOUT: self = .handshakeTimedOut
      case EDGE_QUIC_FORGET: self = .forget
      default: self = .failed
      }
    }
  }

  static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

  /// Made for this object alone and freed with it; every use is on the event loop of its owner.
  private let pointer: OpaquePointer
  /// TLS reads them as long as the connection lives.
  private let credentials: QUICCredentials

  /// Takes over a connection that `edge_quic_accept` has made.
  init(accepted pointer: OpaquePointer, credentials: QUICCredentials) {
    self.pointer = pointer
    self.credentials = credentials
  }

  /// Nil when there is no memory, or a name that no certificate can bear.
  init?(
    connectingTo serverName: String, from local: edge_quic_address, to remote: edge_quic_address,
    credentials: QUICCredentials, limits: edge_quic_limits
  ) {
    var (limits, local, remote) = (limits, local, remote)
    guard let pointer = edge_quic_connect(credentials.pointer, &limits, &local, &remote, serverName, Self.now) else {
      return nil
    }
    self.pointer = pointer
    self.credentials = credentials
  }

  deinit { edge_quic_free(pointer) }

  // MARK: Datagrams

  func read(_ datagram: ByteBuffer, from remote: edge_quic_address, now: UInt64) -> Step {
    var remote = remote
    return datagram.withUnsafeReadableBytes { bytes in
      Step(edge_quic_read(pointer, &remote, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, now))
    }
  }

  /// Writes the next datagram behind what `buffer` holds.
  /// - Returns: its length, 0 when there is none to send now.
  func write(to buffer: inout ByteBuffer, remote: inout edge_quic_address, now: UInt64) -> (Step, Int) {
    var step = Step.goesOn
    let written = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(EDGE_QUIC_MAX_DATAGRAM_BYTES)) { bytes in
      var written = 0
      let target = bytes.bindMemory(to: UInt8.self).baseAddress
      step = Step(edge_quic_write(pointer, target, bytes.count, &written, &remote, now))
      return written
    }
    return (step, written)
  }

  /// The last datagram; nil when nothing may be sent.
  func writeClose(
    _ code: UInt64, _ reason: String, to buffer: inout ByteBuffer, now: UInt64
  ) -> edge_quic_address? {
    var remote = edge_quic_address()
    let written = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(EDGE_QUIC_MAX_DATAGRAM_BYTES)) { bytes in
      let target = bytes.bindMemory(to: UInt8.self).baseAddress
      return edge_quic_write_close(pointer, code, reason, target, bytes.count, &remote, now)
    }
    return written > 0 ? remote : nil
  }

  /// How many bytes may leave at once.
  var burstBytes: Int { edge_quic_burst_bytes(pointer) }
  func burstLeft(now: UInt64) { edge_quic_burst_left(pointer, now) }

  /// When ``expire(now:)`` is due; nil: never.
  var expiry: UInt64? {
    let expiry = edge_quic_expiry(pointer)
    return expiry == .max ? nil : expiry
  }
  func expire(now: UInt64) -> Step { Step(edge_quic_expire(pointer, now)) }

  /// Goes on from another address of this end.
  func move(to local: edge_quic_address, now: UInt64) {
    var local = local
    edge_quic_move(pointer, &local, now)
  }

  // MARK: What is known

  var handshakeIsDone: Bool { edge_quic_handshake_is_done(pointer) }
  var movesOfPeer: Int { Int(edge_quic_moves_of_peer(pointer)) }
  var probeTimeout: UInt64 { edge_quic_probe_timeout(pointer) }

  /// The verified leaf certificate, DER.
  var peerCertificate: [UInt8]? {
    var length = 0
    guard let bytes = edge_quic_peer_certificate(pointer, &length) else { return nil }
    return Array(UnsafeBufferPointer(start: bytes, count: length))
  }

  var peerEnd: QUICEnd {
    var end = edge_quic_end()
    edge_quic_peer_end(pointer, &end)
    return QUICEnd(end)
  }

  var failure: QUICEnd {
    var end = edge_quic_end()
    edge_quic_failure(pointer, &end)
    return QUICEnd(end)
  }

  // MARK: Streams

  /// False when there is no memory.
  func send(_ bytes: [UInt8]) -> Bool { edge_quic_send(pointer, bytes, bytes.count) }
  func finish() { edge_quic_finish(pointer) }
  var unsentBytes: Int { edge_quic_unsent(pointer) }
  var unacknowledgedBytes: Int { edge_quic_unacknowledged(pointer) }
  var acknowledgedBytes: UInt64 { edge_quic_acknowledged(pointer) }
  var endIsAcknowledged: Bool { edge_quic_end_is_acknowledged(pointer) }

  /// What has come in since the last call.
  func takeReceived() -> [UInt8] {
    var length = 0
    let bytes = edge_quic_received(pointer, &length)
    guard length > 0 else { return [] }
    defer { edge_quic_take_received(pointer) }
    return Array(UnsafeBufferPointer(start: bytes, count: length))
  }
  var endIsReceived: Bool { edge_quic_end_is_received(pointer) }
  var streamIsBroken: Bool { edge_quic_stream_is_broken(pointer) }
  func allow(_ bytes: Int) { edge_quic_allow(pointer, bytes) }

  /// The next change of the ids under which the peer sends.
  func nextIDChange() -> (id: ConnectionID, isNew: Bool)? {
    var id = edge_quic_id()
    let change = edge_quic_next_id_change(pointer, &id)
    return change == 0 ? nil : (ConnectionID(id), change > 0)
  }
}
#endif
