#if QUIC
import CEdgeQUIC
import EdgeTransport
import EdgeTransportNIO
import NIOCore

/// A client's endpoint: one socket, one connection.
final class QUICDialer: QUICEndpoint, DatagramSocket.Owner {
  private(set) var socket: DatagramSocket
  private let configuration: QUICFrameClient.Configuration
  private let credentials: QUICCredentials
  private let remote: SocketAddress
  private let counters: LinkCounters
  private let connected: EventLoopPromise<QUICLink>
  private var connection: QUICConnection?
  private var isOver = false
  private var isBlocked = false

  init(
    configuration: QUICFrameClient.Configuration, credentials: QUICCredentials, remote: SocketAddress,
    counters: LinkCounters, loop: any EventLoop
  ) {
    self.configuration = configuration
    self.credentials = credentials
    self.remote = remote
    self.counters = counters
    connected = loop.makePromise()
    socket = DatagramSocket(loop: loop, anyPortFor: remote)
    socket.owner = self
  }

  func connect() -> EventLoopFuture<QUICLink> {
    socket.open().assumeIsolated().whenComplete { result in
      switch result {
      case .success(let local): self.begin(from: local)
      case .failure(let error): self.fail(TransportError(code: .unreachable, message: "no socket", cause: error))
      }
    }
    return connected.futureResult
  }

  private func begin(from local: SocketAddress) {
    guard !isOver else { return }
    guard let localAddress = edge_quic_address(local), let remoteAddress = edge_quic_address(remote),
      let machine = QUICMachine(
        connectingTo: configuration.serverHostname ?? configuration.host, from: localAddress, to: remoteAddress,
        credentials: credentials, limits: configuration.timing.limits)
    else {
      return fail(TransportError(code: .insecure, message: "no certificate can bear the server's name"))
    }
    let connection = QUICConnection(
      machine: machine, remote: remote, endpoint: self, timing: configuration.timing, counters: counters)
    self.connection = connection
    connection.pump()
  }

  private func fail(_ error: TransportError) {
    isOver = true
    connected.fail(error)
    socket.close()
  }

  func rebind() {
    if !isOver { socket.reopen() }
  }

  func giveUp() {
    guard let connection else { return fail(.cancelled) }
    connection.close()
  }

  // MARK: The socket

  func received(_ datagram: ByteBuffer, from remote: SocketAddress) { connection?.read(datagram, from: remote) }
  func receivedAll() { connection?.settle() }

  func becameWritable() {
    guard isBlocked else { return }
    isBlocked = false
    connection?.pump()
  }

  func reopened(at local: SocketAddress) { connection?.move(to: local) }

  // MARK: The connection

  func handshakeEnded(_ connection: QUICConnection) { connected.succeed(QUICLink(connection)) }
  func ended(_ connection: QUICConnection, _ error: TransportError?) {
    connected.fail(error ?? TransportError(code: .connectionLost, message: "the server hung up during the handshake"))
  }
  func isGone(_ connection: QUICConnection) {
    isOver = true
    self.connection = nil
    socket.close()
  }
  // All that comes to this socket is for this connection.
  func noteChanges(of connection: QUICConnection) {}
  func isBlocked(_ connection: QUICConnection) { isBlocked = true }
  func cutOff(_ connection: QUICConnection) {}
}

/// A dialer for tasks.
struct QUICDialerHandle: Sendable {
  let dialer: NIOLoopBound<QUICDialer>
  let loop: any EventLoop

  /// On the dialer's event loop.
  init(_ dialer: QUICDialer) {
    loop = dialer.socket.loop
    self.dialer = NIOLoopBound(dialer, eventLoop: loop)
  }

  func connect() async throws -> QUICLink { try await loop.flatSubmit { [dialer] in dialer.value.connect() }.get() }
  func rebind() { loop.execute { [dialer] in dialer.value.rebind() } }
  func giveUp() { loop.execute { [dialer] in dialer.value.giveUp() } }
}

extension DatagramSocket {
  /// A socket that is bound to no address, so that each datagram leaves by the route of its moment.
  fileprivate convenience init(loop: any EventLoop, anyPortFor remote: SocketAddress) {
    let any = try? SocketAddress(ipAddress: remote.protocol == .inet6 ? "::" : "0.0.0.0", port: 0)
    self.init(loop: loop, address: any ?? remote, bufferBytes: 512 << 10)
  }
}
#endif
