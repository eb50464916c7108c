#if Networking
import NIOCore

/// One call as its connection sees it; lives on the event loop.
final class ServerStream {
  enum Phase {
    /// A unary call whose request is not complete.
    case receiving
    /// A unary call whose handler has the request.
    case handling
    /// A call with a running streaming handler; without an outlet when its responses come from a source.
    case streaming(StreamInlet, StreamOutlet?)
    /// The status is on its way or sent; what the peer still sends is dropped.
    case finished
  }

  let id: StreamID
  let entry: GRPCServices.Entry
  let head: RequestHead
  let deadline: NIODeadline?
  var phase: Phase
  var assembler: MessageAssembler
  var window: ReceiveWindow
  /// A unary call's request once it is there; it is handled when the peer has ended its side.
  var request: ByteBuffer?
  /// What the connection has counted of ``bufferedBytes``.
  var countedBytes = 0
  var hasSentHeaders = false
  var peerHasEnded = false
  /// What the peer lets us send.
  var sendWindow: Int
  var outgoing = OutgoingQueue()
  /// Makes what is to be sent, in place of a handler that writes.
  var source: (any GRPCMessageSource)?
  var sourceIsReady = false
  /// Whether anything was made or may be sent since answers began to wait for it.
  var hasMoved = false
  /// Since when it has had its turn to send.
  var turnBegan: NIODeadline?
  /// Whether the connection has it in its queue of those that can send.
  var isWaiting = false
  var task: Task<Void, Never>?
  var timer: Scheduled<Void>?

  init(
    id: StreamID, entry: GRPCServices.Entry, head: RequestHead, deadline: NIODeadline?, sendWindow: Int,
    configuration: GRPCServerConfiguration
  ) {
    self.id = id
    self.entry = entry
    self.head = head
    self.deadline = deadline
    self.sendWindow = sendWindow
    phase = .receiving
    assembler = MessageAssembler(
      maximumMessageBytes: configuration.maximumMessageBytes, receivesGzip: head.headers.encoding == CallHeaders.gzip)
    window = ReceiveWindow(size: configuration.streamWindowBytes)
  }

  /// Whether it would send if it could.
  var hasSomethingToSend: Bool { !outgoing.isEmpty || sourceIsReady }

  var isFinished: Bool { if case .finished = phase { true } else { false } }

  /// What it makes the server hold beyond what flow control bounds.
  var bufferedBytes: Int { assembler.pendingBytes + (request?.readableBytes ?? 0) }

  /// Ends what runs for it outside the connection.
  func release(_ error: any Error) {
    if case .streaming(let inlet, let outlet) = phase {
      inlet.finish(.failure(error), discardingMessages: true)
      outlet?.finish(error)
    }
    phase = .finished
    source = nil
    sourceIsReady = false
    request = nil
    assembler = MessageAssembler(maximumMessageBytes: 0)
    timer?.cancel()
    timer = nil
    task?.cancel()
    task = nil
  }
}
#endif
