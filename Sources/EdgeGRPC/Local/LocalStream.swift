#if Networking
import NIOCore

/// The responses of one streaming call within the process. What a handler writes waits here, bounded as it is on a connection;
/// a source is asked when somebody waits for a response and no earlier.
final class LocalStream: Sendable {
  /// There is one call to a mailbox.
  static let id = StreamID(rawValue: 1)
  /// Bytes that a handler may have written and nobody has taken.
  private static let limit = 256 << 10
  private static let batchBytes = 64 << 10

  let port: ServerStreamPort
  let outlet: StreamOutlet
  let drain: GRPCMessageDrain
  private let mailbox: LoopMailbox<ServerCommand>
  private let receiver: NIOLoopBoundBox<Receiver?>

  init(eventLoop: any EventLoop) {
    mailbox = LoopMailbox(eventLoop: eventLoop)
    port = ServerStreamPort(mailbox: mailbox, stream: Self.id)
    outlet = StreamOutlet(port: port, limit: Self.limit)
    drain = GRPCMessageDrain(mailbox: mailbox, stream: Self.id)
    receiver = .makeEmptyBox(valueType: Receiver.self, eventLoop: eventLoop)
  }

  func open() async throws {
    try await mailbox.eventLoop.submit {
      let receiver = Receiver(outlet: self.outlet)
      self.receiver.value = receiver
      self.mailbox.open(receiver)
    }.get()
  }

  func end(_ status: GRPCStatus) { mailbox.post(.finish(Self.id, status)) }

  /// The next response; nil when the call has ended with OK.
  func next() async throws -> ByteBuffer? {
    try await withTaskCancellationHandler {
      try await mailbox.eventLoop.flatSubmit {
        guard let receiver = self.receiver.value else { return self.mailbox.eventLoop.makeSucceededFuture(nil) }
        return receiver.next(self.mailbox.eventLoop)
      }.get()
    } onCancel: {
      end(GRPCStatus(.cancelled, "the call was cancelled"))
    }
  }

  func close() async {
    outlet.finish(GRPCStatus(.cancelled, "the call was cancelled"))
    try? await mailbox.eventLoop.submit {
      self.mailbox.close()
      self.receiver.value = nil
    }.get()
  }

  /// The event loop's side.
  private final class Receiver: MailboxReceiver {
    private let outlet: StreamOutlet
    private var frames = CircularBuffer<ByteBuffer>()
    private var source: (any GRPCMessageSource)?
    private var sourceIsReady = false
    private var status: GRPCStatus?
    private var reader: EventLoopPromise<ByteBuffer?>?

    init(outlet: StreamOutlet) { self.outlet = outlet }

    func receive(_ command: ServerCommand) {
      switch command {
      case .stream(_, .message(let frame)): frames.append(frame)
      case .draw(_, let source): self.source = source
      case .wake: sourceIsReady = true
      case .finish(_, let status): if self.status == nil { self.status = status }
      case .stream, .answer, .stop: break
      }
    }

    func finishReceiving() {
      guard let reader, let result = take() else { return }
      self.reader = nil
      reader.completeWith(result)
    }

    func next(_ eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer?> {
      if let result = take() { return eventLoop.makeCompletedFuture(result) }
      let promise = eventLoop.makePromise(of: ByteBuffer?.self)
      reader = promise
      return promise.futureResult
    }

    /// Nil while there is nothing to say.
    private func take() -> Result<ByteBuffer?, any Error>? {
      if let status, status.code == .cancelled { return .failure(status) }
      while frames.isEmpty, sourceIsReady, let source {
        var batch = GRPCMessageBatch(target: LocalStream.batchBytes)
        sourceIsReady = source.fill(&batch)
        var assembler = MessageAssembler(maximumMessageBytes: .max)
        assembler.append(batch.bytes)
        while case .message(let message) = assembler.next() {
          frames.append(MessageFrame.make { $0.writeImmutableBuffer(message) })
        }
      }
      if var frame = frames.popFirst() {
        outlet.written(frame.readableBytes)
        frame.moveReaderIndex(forwardBy: MessageFrame.prefixBytes)
        return .success(frame)
      }
      switch status {
      case nil: return nil
      case let status? where status.code == .ok: return .success(nil)
      case let status?: return .failure(status)
      }
    }
  }
}
#endif
