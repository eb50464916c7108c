#if Networking
import NIOCore
import NIOHPACK

extension GRPCServerConnection {
  func open(_ id: StreamID, _ entry: GRPCServices.Entry, _ head: RequestHead, endsStream: Bool) {
    let deadline = head.headers.timeout.map { NIODeadline.now() + $0 }
    let stream = ServerStream(
      id: id, entry: entry, head: head, deadline: deadline, sendWindow: sender.settings.streamWindow,
      configuration: configuration)
    streams[id] = stream
    entry.metrics.callStarted()
    if deadline != nil { newDeadlines.append(stream) }
    switch entry.behaviour {
    case .streaming(let handler):
      let port = ServerStreamPort(mailbox: mailbox, stream: id)
      let outlet = StreamOutlet(port: port, limit: configuration.streamWriteBufferBytes)
      startStreaming(stream, outlet) { inlet, call in try await handler(inlet, outlet, call) }
    case .drawing(let handler):
      let drain = GRPCMessageDrain(mailbox: mailbox, stream: id)
      startStreaming(stream, nil) { inlet, call in try await handler(inlet, drain, call) }
    case .immediate, .unary: break
    }
    if endsStream { peerEnded(stream) }
  }

  func peerEnded(_ stream: ServerStream) {
    stream.peerHasEnded = true
    forget(bufferedBy: stream)
    if stream.isFinished { return }
    if stream.assembler.pendingBytes > 0 {
      return finish(stream, GRPCStatus(.internalError, "the request ends inside a message"))
    }
    switch stream.phase {
    case .streaming(let inlet, _): inlet.finish(.success(()))
    case .receiving:
      guard let request = stream.request else {
        return finish(stream, GRPCStatus(.internalError, "a unary call has no request"))
      }
      stream.request = nil
      stream.phase = .handling
      switch stream.entry.behaviour {
      case .immediate(let handler): handler(request, UnaryPort(mailbox: mailbox, stream: stream.id))
      case .unary(let handler): startUnary(stream, request, handler)
      case .streaming, .drawing: break
      }
    case .handling, .finished: break
    }
  }

  func release(_ stream: ServerStream, _ status: GRPCStatus) {
    forget(bufferedBy: stream)
    if stream.source != nil { noteDrained(stream) }
    stream.release(status)
  }

  /// Bytes of unfinished requests are counted while the peer still sends; afterwards they belong to the handler.
  func forget(bufferedBy stream: ServerStream) {
    bufferedRequestBytes = max(0, bufferedRequestBytes - stream.countedBytes)
    stream.countedBytes = 0
  }

  // MARK: - Handlers

  func call(of stream: ServerStream) -> GRPCServerCall {
    GRPCServerCall(
      path: stream.entry.path, metadata: stream.head.fields, peer: peerAddress, deadline: stream.deadline)
  }

  func startUnary(
    _ stream: ServerStream, _ request: ByteBuffer,
    _ handler: @escaping @Sendable (ByteBuffer, GRPCServerCall) async throws -> ByteBuffer
  ) {
    let port = UnaryPort(mailbox: mailbox, stream: stream.id)
    registry.taskStarted()
    stream.task = Task { [registry, call = call(of: stream)] in
      defer { registry.taskEnded() }
      do {
        port.answer(.success(.frame(try await handler(request, call))))
      } catch {
        port.answer(.failure(GRPCStatus(handlerError: error)))
      }
    }
  }

  func startStreaming(
    _ stream: ServerStream, _ outlet: StreamOutlet?,
    _ handler: @escaping @Sendable (StreamInlet, GRPCServerCall) async throws -> Void
  ) {
    let port = ServerStreamPort(mailbox: mailbox, stream: stream.id)
    let inlet = StreamInlet(port: port, windowBytes: configuration.streamWindowBytes)
    stream.phase = .streaming(inlet, outlet)
    registry.taskStarted()
    stream.task = Task { [registry, mailbox, id = stream.id, call = call(of: stream)] in
      defer { registry.taskEnded() }
      do {
        try await handler(inlet, call)
        mailbox.post(.finish(id, .ok))
      } catch {
        mailbox.post(.finish(id, GRPCStatus(handlerError: error)))
      }
    }
  }
}
#endif
