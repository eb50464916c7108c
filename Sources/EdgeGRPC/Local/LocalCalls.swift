#if Networking
import NIOCore
import NIOHPACK
import NIOPosix

/// Calls the methods of services from within their process, without a connection: messages go in and out as bytes.
public struct LocalCalls: Sendable {
  private let services: GRPCServices
  private let group: any EventLoopGroup

  public init(_ services: GRPCServices, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
    self.services = services
    self.group = group
  }

  /// - Parameter path: `/package.Service/Method`, of a unary method.
  /// - Throws: ``GRPCStatus``; `CancellationError` or another error of a handler that was cancelled.
  public func unary(_ path: String, _ request: ByteBuffer) async throws -> ByteBuffer {
    guard let entry = services[path] else { throw services.status(ofUnknown: path) }
    entry.metrics.callStarted()
    do {
      let answer: UnaryAnswer
      switch entry.behaviour {
      case .immediate(let handler): answer = try await immediate(request, handler)
      case .unary(let handler): answer = .frame(try await handler(request, Self.call(path)))
      case .streaming, .drawing: throw GRPCStatus(.internalError, "a streaming method is called for one answer")
      }
      entry.metrics.callEnded(.ok)
      return answer.message()
    } catch {
      let status = GRPCStatus(handlerError: error)
      entry.metrics.callEnded(status.code)
      throw status
    }
  }

  /// Sends all requests and hands each response to `body`, which the handler waits for when it is slow.
  ///
  /// - Throws: ``GRPCStatus`` when the call ends with another status than OK, and what `body` throws. Cancelling the task
  ///   cancels the call.
  public func streaming(
    _ path: String, _ requests: [ByteBuffer], _ body: (ByteBuffer) async throws -> Void
  ) async throws {
    guard let entry = services[path] else { throw services.status(ofUnknown: path) }
    entry.metrics.callStarted()
    let stream = LocalStream(eventLoop: group.next())
    try await stream.open()
    let inlet = StreamInlet(port: stream.port, windowBytes: .max)
    for request in requests { inlet.receive(request) }
    inlet.finish(.success(()))
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            switch entry.behaviour {
            case .streaming(let handler):
              try await handler(inlet, stream.outlet, Self.call(path))
            case .drawing(let handler): try await handler(inlet, stream.drain, Self.call(path))
            case .immediate, .unary: throw GRPCStatus(.internalError, "a unary method is called for a stream")
            }
            stream.end(.ok)
          } catch {
            stream.end(GRPCStatus(handlerError: error))
          }
        }
        defer { group.cancelAll() }
        while let message = try await stream.next() { try await body(message) }
      }
      await stream.close()
      entry.metrics.callEnded(.ok)
    } catch {
      await stream.close()
      entry.metrics.callEnded(GRPCStatus(handlerError: error).code)
      throw error
    }
  }

  private func immediate(
    _ request: ByteBuffer, _ handler: @escaping @Sendable (ByteBuffer, UnaryPort) -> Void
  ) async throws -> UnaryAnswer {
    let eventLoop = group.next()
    let promise = eventLoop.makePromise(of: UnaryAnswer.self)
    eventLoop.execute {
      let mailbox = LoopMailbox<ServerCommand>(eventLoop: eventLoop)
      mailbox.open(LocalAnswer(promise, mailbox))
      handler(request, UnaryPort(mailbox: mailbox, stream: LocalStream.id))
    }
    return try await promise.futureResult.get()
  }

  private static func call(_ path: String) -> GRPCServerCall {
    GRPCServerCall(path: path, metadata: [:], peer: nil, deadline: nil)
  }
}

/// Takes the one answer of an immediate method. Every such method answers, sooner or later.
private final class LocalAnswer: MailboxReceiver {
  private let promise: EventLoopPromise<UnaryAnswer>
  private let mailbox: LoopMailbox<ServerCommand>
  private var isAnswered = false

  init(_ promise: EventLoopPromise<UnaryAnswer>, _ mailbox: LoopMailbox<ServerCommand>) {
    self.promise = promise
    self.mailbox = mailbox
  }

  func receive(_ command: ServerCommand) {
    guard case .answer(_, let answer) = command, !isAnswered else { return }
    isAnswered = true
    promise.completeWith(answer.mapError { $0 })
  }

  func finishReceiving() { if isAnswered { mailbox.close() } }
}

extension UnaryAnswer {
  /// The message without its frame.
  fileprivate consuming func message() -> ByteBuffer {
    var buffer: ByteBuffer
    switch self {
    case .frame(let frame): buffer = frame
    case .pieces(var frame):
      buffer = ByteBufferAllocator().buffer(capacity: frame.remainingBytes)
      while frame.remainingBytes > 0 { buffer.writeImmutableBuffer(frame.next(target: 64 << 10)) }
    }
    buffer.moveReaderIndex(forwardBy: min(MessageFrame.prefixBytes, buffer.readableBytes))
    return buffer
  }
}
#endif
