#if Networking
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Synchronization

/// A client that sends whatever frames a test wants, and keeps what comes back.
final class RawPeer: Sendable {
  struct Received: Sendable {
    var headers: [[String: String]] = []
    var data: [UInt8] = []
    var resets: [HTTP2ErrorCode] = []
    var goAways: [(code: HTTP2ErrorCode, text: String)] = []
    var pingAnswers = 0
    var isClosed = false
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    let peer: RawPeer
    init(_ peer: RawPeer) { self.peer = peer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let frame = unwrapInboundIn(data)
      peer.state.withLock { state in
        switch frame.payload {
        case .headers(let headers):
          state.headers.append(
            Dictionary(headers.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
        case .data(let data):
          if case .byteBuffer(let bytes) = data.data { state.data += bytes.readableBytesView }
        case .rstStream(let code): state.resets.append(code)
        case .goAway(_, let code, let text): state.goAways.append((code, text.map { String(buffer: $0) } ?? ""))
        case .ping(_, let isAnswer): state.pingAnswers += isAnswer ? 1 : 0
        default: break
        }
      }
    }

    func channelInactive(context: ChannelHandlerContext) { peer.state.withLock { $0.isClosed = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
  }

  private let state = Mutex(Received())
  private let channel = Mutex<(any Channel)?>(nil)

  static func connect(_ port: Int) async throws -> RawPeer {
    let peer = RawPeer()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          var connection = NIOHTTP2Handler.ConnectionConfiguration()
          connection.headerBlockValidation = .disabled
          try channel.pipeline.syncOperations.addHandler(
            NIOHTTP2Handler(mode: .client, connectionConfiguration: connection))
          try channel.pipeline.syncOperations.addHandler(Collector(peer))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    peer.channel.withLock { $0 = channel }
    return peer
  }

  func send(_ frames: [(Int, HTTP2Frame.FramePayload)]) {
    guard let channel = channel.withLock({ $0 }) else { return }
    for (stream, payload) in frames {
      channel.write(HTTP2Frame(streamID: HTTP2StreamID(stream), payload: payload), promise: nil)
    }
    channel.flush()
  }

  /// Waits up to ten seconds.
  func wait(until condition: @Sendable (Received) -> Bool) async -> Bool {
    for _ in 0..<1_000 {
      if state.withLock({ condition($0) }) { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  func close() async { try? await channel.withLock { $0 }?.close().get() }

  static func headers(_ path: String, endStream: Bool = false, _ more: [(String, String)] = [])
    -> HTTP2Frame.FramePayload
  {
    var headers: HPACKHeaders = [
      ":method": more.first { $0.0 == ":method" }?.1 ?? "POST", ":scheme": "http", ":path": path,
      ":authority": "http://odd#[a;b]", "te": "trailers",
    ]
    if !more.contains(where: { $0.0 == "content-type" }) {
      headers.add(name: "content-type", value: "application/grpc")
    }
    for (name, value) in more where name != ":method" { headers.replaceOrAdd(name: name, value: value) }
    return .headers(.init(headers: headers, endStream: endStream))
  }

  static func data(_ bytes: [UInt8], endStream: Bool = true) -> HTTP2Frame.FramePayload {
    .data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: endStream))
  }
}
#endif
