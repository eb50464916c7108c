#if QUIC
import CEdgeQUIC
import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Logging
import NIOCore

/// A server's endpoint: one socket, on which each datagram finds its connection by the connection id in it.
///
/// What comes from nobody known costs little and leaves nothing behind: Version Negotiation and Retry are answered without a
/// state, a stateless reset a bounded number of times a second, and only a client that offers a handshake takes a place among
/// those that are bounded.
final class QUICListener: QUICEndpoint, DatagramSocket.Owner {
  private struct Member {
    var ids: Set<ConnectionID> = []
    var registration: NodeConnections<QUICLink>.Registration?
    var isRefused = false
    var addressChanges = 0
  }

  private static let resetsPerSecond = 200

  private(set) var socket: DatagramSocket
  private let configuration: QUICFrameServer.Configuration
  private let credentials: QUICCredentials
  private let counters: QUICServerCounters
  private let linkCounters: LinkCounters
  private let logger: Logger
  private let admit: @Sendable (HubAdmission) -> AdmissionDecision
  private let begin: @Sendable (QUICFrameServer.Accepted) -> Void
  private let nodes: NodeConnections<QUICLink>
  private var connections: [ConnectionID: QUICConnection] = [:]
  private var members: [ObjectIdentifier: Member] = [:]
  private var pending: PendingConnections
  /// Have read something and were not looked at since.
  private var read: [ObjectIdentifier: QUICConnection] = [:]
  private var blocked: [ObjectIdentifier: QUICConnection] = [:]
  private var isAccepting = true
  private var reply = ByteBuffer()
  private var resetsSince = NIODeadline.uptimeNanoseconds(0)
  private var resets = 0

  init(
    configuration: QUICFrameServer.Configuration, credentials: QUICCredentials, address: SocketAddress,
    loop: any EventLoop, counters: QUICServerCounters, logger: Logger,
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision,
    begin: @escaping @Sendable (QUICFrameServer.Accepted) -> Void
  ) {
    self.configuration = configuration
    self.credentials = credentials
    self.counters = counters
    self.logger = logger
    self.admit = admit
    self.begin = begin
    linkCounters = LinkCounters(prefix: "edge_quic", logger: logger)
    nodes = NodeConnections(
      maximumCount: configuration.maximumConnections, maximumPerNode: configuration.maximumConnectionsPerNode)
    pending = PendingConnections(maximumCount: configuration.maximumHandshakes)
    socket = DatagramSocket(loop: loop, address: address, bufferBytes: 4 << 20)
    socket.owner = self
  }

  func listen() -> EventLoopFuture<SocketAddress> {
    socket.open().assumeIsolated().map { local in
      // A socket in place of this one has the same port.
      self.socket.pin(to: local)
      return local
    }.nonisolated()
  }

  /// Takes in no more and closes what is there.
  func stopAccepting() {
    isAccepting = false
    for link in nodes.stop() { link.startClosing() }
    for connection in pending.all { connection.close() }
  }

  /// What is still there ends without a word.
  func stop() {
    isAccepting = false
    // Each is there once for each of its ids.
    for connection in Array(connections.values) { connection.vanish(.closed) }
    socket.close()
  }

  // MARK: The socket

  func received(_ datagram: ByteBuffer, from remote: SocketAddress) {
    // Nobody can be answered there, and the attempt would cost the socket.
    guard let address = edge_quic_address(remote), remote.port != 0 else { return counters.droppedDatagram() }
    var id = edge_quic_id()
    let kind = datagram.withUnsafeReadableBytes { bytes in
      edge_quic_inspect(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &id)
    }
    switch kind {
    case EDGE_QUIC_SHORT_HEADER, EDGE_QUIC_LONG_HEADER:
      if let connection = connections[ConnectionID(id)] {
        connection.read(datagram, from: remote)
        read[ObjectIdentifier(connection)] = connection
      } else if kind == EDGE_QUIC_SHORT_HEADER {
        reset(id, datagram.readableBytes, remote)
      } else {
        accept(datagram, from: remote, address)
      }
    case EDGE_QUIC_UNKNOWN_VERSION: negotiateVersion(datagram, remote)
    default: counters.droppedDatagram()
    }
  }

  func receivedAll() {
    let connections = read
    read.removeAll(keepingCapacity: true)
    for connection in connections.values { connection.settle() }
  }

  func becameWritable() {
    let waiting = blocked
    blocked.removeAll()
    for connection in waiting.values { connection.pump() }
  }

  func reopened(at local: SocketAddress) {
    logger.warning("the socket had to be opened anew", metadata: ["address": "\(local)"])
  }

  // MARK: Datagrams of nobody known

  private func answer(_ remote: SocketAddress, _ write: (UnsafeMutablePointer<UInt8>?, Int) -> Int) -> Bool {
    reply.clear()
    reply.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(EDGE_QUIC_MAX_DATAGRAM_BYTES)) { bytes in
      write(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }
    guard reply.readableBytes > 0 else { return false }
    socket.send(reply, to: remote)
    return true
  }

  private func negotiateVersion(_ datagram: ByteBuffer, _ remote: SocketAddress) {
    let isAnswered = answer(remote) { target, capacity in
      datagram.withUnsafeReadableBytes { bytes in
        edge_quic_write_version_negotiation(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, target, capacity)
      }
    }
    if isAnswered { counters.negotiatedVersion() } else { counters.droppedDatagram() }
  }

  private func reset(_ id: edge_quic_id, _ length: Int, _ remote: SocketAddress) {
    let now = NIODeadline.now()
    if now - resetsSince > .seconds(1) { (resetsSince, resets) = (now, 0) }
    guard resets < Self.resetsPerSecond else { return counters.droppedDatagram() }
    resets += 1
    var id = id
    let isAnswered = answer(remote) { target, capacity in
      edge_quic_write_stateless_reset(credentials.pointer, &id, length, target, capacity)
    }
    if isAnswered { counters.reset() } else { counters.droppedDatagram() }
  }

  private func accept(_ datagram: ByteBuffer, from remote: SocketAddress, _ address: edge_quic_address) {
    guard isAccepting, let local = socket.localAddress.flatMap({ edge_quic_address($0) }) else {
      return counters.droppedDatagram()
    }
    var (limits, local_, remote_) = (configuration.timing.limits, local, address)
    var made: OpaquePointer?
    var decision = EDGE_QUIC_DROP
    let demandsToken = pending.count >= configuration.handshakesWithoutRetry
    _ = answer(remote) { target, capacity in
      var length = 0
      decision = datagram.withUnsafeReadableBytes { bytes in
        edge_quic_accept(
          credentials.pointer, &limits, &local_, &remote_, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count,
          demandsToken, QUICMachine.now, &made, target, capacity, &length)
      }
      return length
    }
    switch decision {
    case EDGE_QUIC_RETRY: counters.retried()
    case EDGE_QUIC_BEGIN:
      guard let made else { return }
      let connection = QUICConnection(
        machine: QUICMachine(accepted: made, credentials: credentials), remote: remote, endpoint: self,
        timing: configuration.timing, counters: linkCounters)
      members[ObjectIdentifier(connection)] = Member()
      noteChanges(of: connection)
      if let displaced = pending.insert(connection) {
        displaced.vanish(
          TransportError(code: .timedOut, message: "more handshakes than the server holds at once"))
      }
      connection.read(datagram, from: remote)
      read[ObjectIdentifier(connection)] = connection
    default: counters.droppedDatagram()
    }
  }

  // MARK: Connections

  func noteChanges(of connection: QUICConnection) {
    let key = ObjectIdentifier(connection)
    guard members[key] != nil else { return }
    while let change = connection.nextIDChange() {
      if change.isNew {
        connections[change.id] = connection
        members[key]?.ids.insert(change.id)
      } else {
        connections[change.id] = nil
        members[key]?.ids.remove(change.id)
      }
    }
    if let before = members[key]?.addressChanges, connection.movesOfPeer > before {
      members[key]?.addressChanges = connection.movesOfPeer
      counters.addressChanged()
      logger.info("a node goes on from another address", metadata: ["peer": "\(connection.remote)"])
    }
  }

  func handshakeEnded(_ connection: QUICConnection) {
    let address = "\(connection.remote)"
    let identity = connection.peerCertificate.flatMap { try? PeerIdentity(der: $0) }
    guard let identity, let nodeName = identity.nodeName else {
      return refuse(connection, "the client certificate is not a node's", telling: .connectionRefused)
    }
    let admission = HubAdmission(
      nodeName: nodeName, projectID: "", path: "", certificateCommonName: identity.commonName,
      certificateOrganizations: identity.organizations, remoteAddress: address)
    if case .refuse(_, let reason) = admit(admission) {
      return refuse(connection, reason, telling: .connectionRefused)
    }
    guard let registration = nodes.register(for: nodeName) else {
      // Not the session: its node must be able to come back with it.
      return refuse(connection, "the server has no place left", telling: .sessionDetached)
    }
    pending.remove(connection)
    members[ObjectIdentifier(connection)]?.registration = registration
    let link = QUICLink(connection)
    nodes.set(link, for: registration)?.startClosing()
    counters.carriers.begin()
    begin(
      QUICFrameServer.Accepted(
        carrier: QUICFrameCarrier(link: link), nodeName: nodeName, remoteAddress: address))
  }

  private func refuse(_ connection: QUICConnection, _ reason: String, telling code: FramingErrorCode) {
    counters.carriers.refused()
    members[ObjectIdentifier(connection)]?.isRefused = true
    logger.warning(
      "refused a connection", metadata: ["peer": "\(connection.remote)", "reason": "\(reason)"])
    var bytes: [UInt8] = []
    Frame.connectionClose(SessionClose(.transport(code, frameType: 0), reason)).append(to: &bytes)
    connection.close(saying: bytes)
  }

  func ended(_ connection: QUICConnection, _ error: TransportError?) {
    guard let member = members[ObjectIdentifier(connection)] else { return }
    if let registration = member.registration {
      nodes.remove(registration)
      counters.carriers.end()
      // For as long as it lingers.
      pending.insert(connection)?.vanish(nil)
    } else if !member.isRefused, let error {
      error.code == .timedOut ? counters.carriers.handshakeCut() : counters.carriers.handshakeFailed()
      logger.notice(
        "a handshake failed", metadata: ["peer": "\(connection.remote)", "reason": "\(error)"])
    }
  }

  func isGone(_ connection: QUICConnection) {
    let key = ObjectIdentifier(connection)
    pending.remove(connection)
    noteChanges(of: connection)
    for id in members.removeValue(forKey: key)?.ids ?? [] { connections[id] = nil }
    read[key] = nil
    blocked[key] = nil
  }

  func isBlocked(_ connection: QUICConnection) { blocked[ObjectIdentifier(connection)] = connection }
  func cutOff(_ connection: QUICConnection) { linkCounters.died(.takesNothing, "\(connection.remote)") }
}
#endif
