#if QUIC
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTransportQUIC

@Suite("sockets of QUIC", .timeLimit(.minutes(1)))
struct DatagramSocketTests {
  /// On the event loop of its socket.
  private final class Owner: DatagramSocket.Owner {
    private let seen: Shared<[SocketAddress]>
    var received: [ByteBuffer] = []

    init(_ seen: Shared<[SocketAddress]>) { self.seen = seen }

    func received(_ datagram: ByteBuffer, from remote: SocketAddress) { received.append(datagram) }
    func receivedAll() {}
    func becameWritable() {}
    func reopened(at local: SocketAddress) { seen.withLock { $0.append(local) } }
  }

  private typealias Bound = NIOLoopBound<(socket: DatagramSocket, owner: Owner)>

  @Test(
    "a datagram that the network refuses costs the kernel's socket, not ours: a server's is opened at the same port, a client's at any",
    arguments: [true, false])
  func refused(_ isServer: Bool) async throws {
    let loop = QUICHarness.group.next()
    let seen = Shared<[SocketAddress]>([])
    let any = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
    let (bound, first) = try await loop.flatSubmit {
      let owner = Owner(seen)
      let socket = DatagramSocket(loop: loop, address: any, bufferBytes: 65_536)
      socket.owner = owner
      let bound = Bound((socket, owner), eventLoop: loop)
      return socket.open().map { local in
        if isServer { bound.value.socket.pin(to: local) }
        return (bound, local)
      }
    }.get()
    // Refused for want of the right to broadcast; SwiftNIO closes the channel.
    let broadcast = try SocketAddress(ipAddress: "255.255.255.255", port: 9)
    try await loop.submit { bound.value.socket.send(ByteBuffer(bytes: [1]), to: broadcast) }.get()
    #expect(await soon { !seen.withLock { $0.isEmpty } })
    let second = try #require(seen.withLock { $0.first })
    #expect(isServer ? second == first : second != first)

    let peer = try await RawDatagrams(to: try #require(second.port))
    try await peer.send([7])
    #expect(await soon { (try? await loop.submit { bound.value.owner.received.count }.get()) == 1 })
    await peer.close()
    try await loop.submit {
      bound.value.socket.close()
      // A socket that is closed stays so.
      bound.value.socket.reopen()
    }.get()
    #expect(seen.withLock { $0.count } == 1)
  }
}
#endif
