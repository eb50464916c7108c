#if Networking
import NIOCore
import NIOHPACK

extension GRPCServerConnection {
  // MARK: - Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if sniffer != nil {
      guard let ours = sniff(bytes, context) else { return }
      bytes = ours
    }
    isReading = true
    reader.append(bytes)
    do throws(ConnectionFailure) {
      while !isClosing, let frame = try reader.next() { try received(frame, context) }
    } catch {
      fail(error)
    }
    reader.compact()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    keepalive?.didRead()
    watchDeadlines(context)
    if !holdsPingAnswers() { flush() }
    context.fireChannelReadComplete()
  }

  func watchDeadlines(_ context: ChannelHandlerContext) {
    guard !newDeadlines.isEmpty else { return }
    for stream in newDeadlines where !stream.isFinished {
      guard let deadline = stream.deadline else { continue }
      stream.timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self, weak stream] in
        guard let self, let stream else { return }
        finish(stream, GRPCStatus(.deadlineExceeded, "context deadline exceeded"))
        flush()
      }
    }
    newDeadlines.removeAll(keepingCapacity: true)
  }

  func received(_ frame: FrameReader.Frame, _ context: ChannelHandlerContext) throws(ConnectionFailure) {
    switch frame {
    case .headers(let id, let block, let endsStream): try receivedHead(block, on: id, endsStream: endsStream)
    case .data(let id, let bytes, let flowBytes, let endsStream):
      try receivedData(bytes, flowBytes: flowBytes, on: id, endsStream: endsStream)
    case .windowUpdate(let id, let increment): try receivedWindow(increment, id)
    case .reset(let id):
      try noteReset()
      if let stream = streams[id] { drop(stream) } else { try requireKnown(id) }
    case .ping(let payload, let isAnswer):
      try noteChatter()
      if isAnswer {
        if payload == Self.drainPing { confirmDrain() }
        return
      }
      sender.bytes.writePing(payload, isAnswer: true)
      pingAnswers.bytes += FrameHeader.pingByteCount
      if strikes.receivedPing(at: .now()) { throw ConnectionFailure(.enhanceYourCalm, "too_many_pings") }
    case .settings(let payload):
      try noteChatter()
      try receivedSettings(payload)
      handshakeEnded(context)
    case .ignored, .goAway: try noteChatter()
    case .settingsAnswer: break
    }
  }

  /// What costs the peer next to nothing and us an answer or a look.
  func noteChatter() throws(ConnectionFailure) {
    guard chatter.note(at: .now()) else { throw ConnectionFailure(.enhanceYourCalm, "too many frames") }
  }

  /// A stream that was never opened is not closed either.
  func requireKnown(_ id: StreamID) throws(ConnectionFailure) {
    guard id <= lastStream, id.rawValue % 2 == 1 else {
      throw ConnectionFailure(.protocolError, "a stream is used before it is opened")
    }
  }

  func receivedSettings(_ payload: ByteBuffer) throws(ConnectionFailure) {
    let change = try sender.apply(payload)
    if change != 0 {
      for stream in streams.values {
        stream.sendWindow += change
        guard stream.sendWindow <= Self.largestWindow else {
          throw ConnectionFailure(.flowControlError, "a window is too large")
        }
        if change > 0 && stream.hasSomethingToSend { wait(stream) }
      }
      mustPump = true
    }
  }

  func receivedWindow(_ increment: Int, _ id: StreamID) throws(ConnectionFailure) {
    if id == .connection {
      guard increment > 0 else { throw ConnectionFailure(.protocolError, "a window grows by nothing") }
      sender.window += increment
      guard sender.window <= Self.largestWindow else {
        throw ConnectionFailure(.flowControlError, "the window is too large")
      }
      if !waiting.isEmpty { mustPump = true }
      return
    }
    guard let stream = streams[id] else {
      try requireKnown(id)
      return
    }
    guard increment > 0 else { return try reset(id, .protocolError) }
    stream.sendWindow += increment
    guard stream.sendWindow <= Self.largestWindow else { return try reset(id, .flowControlError) }
    if stream.hasSomethingToSend {
      if stream.source != nil { noteBehind(stream) }
      wait(stream)
      mustPump = true
    }
  }

  func receivedHead(_ block: ByteBuffer, on id: StreamID, endsStream: Bool) throws(ConnectionFailure) {
    // Read in any case: what follows may refer to it.
    let head = try heads.read(block)
    if let stream = streams[id] {
      // Trailers of a client say nothing but the end.
      guard endsStream, !stream.peerHasEnded else { return try reset(id, .protocolError) }
      return peerEnded(stream)
    }
    guard id > lastStream else {
      // Trailers may cross with the end of their stream, which a client does not know of yet.
      guard endsStream else { throw ConnectionFailure(.protocolError, "a stream is opened twice") }
      return
    }
    guard id.rawValue % 2 == 1 else { throw ConnectionFailure(.protocolError, "a client's streams are odd") }
    if drain == .confirmed { return try reset(id, .refusedStream) }
    lastStream = id
    guard head.isWellFormed else { return try reset(id, .protocolError) }
    guard streams.count < configuration.maximumConcurrentStreams else { return try reset(id, .refusedStream) }
    let headers = head.headers
    guard headers.isPost, headers.isGRPC else {
      return refuse(
        id, [":status": headers.isPost ? "415" : "405", "grpc-status": "13", "content-type": "application/grpc"],
        endsStream: endsStream)
    }
    guard let entry = services[headers.path] else {
      let trailers = CallHeaders.trailers(services.status(ofUnknown: headers.path), afterHeaders: false)
      return refuse(id, trailers, endsStream: endsStream)
    }
    guard !headers.hasBadTimeout else {
      let status = GRPCStatus(.internalError, "malformed grpc-timeout")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), endsStream: endsStream)
    }
    if let encoding = headers.encoding, encoding != CallHeaders.gzip {
      let status = GRPCStatus(.unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"\(encoding)\"")
      var trailers = CallHeaders.trailers(status, afterHeaders: false)
      trailers.add(name: "grpc-accept-encoding", value: "identity,gzip")
      return refuse(id, trailers, endsStream: endsStream)
    }
    guard unwrittenResponseBytes <= configuration.maximumBufferedResponseBytes else {
      let status = GRPCStatus(.resourceExhausted, "too many responses of this connection are unread")
      return refuse(id, CallHeaders.trailers(status, afterHeaders: false), endsStream: endsStream)
    }
    open(id, entry, head, endsStream: endsStream)
  }

  func receivedData(
    _ bytes: ByteBuffer, flowBytes: Int, on id: StreamID, endsStream: Bool
  ) throws(ConnectionFailure) {
    guard window.allows(flowBytes) else { throw ConnectionFailure(.flowControlError, "more than the window") }
    if let increment = window.received(flowBytes) { sender.bytes.writeWindowUpdate(.connection, increment) }
    // Bytes may go on for a while after a stream was ended from here.
    guard let stream = streams[id] else { return try requireKnown(id) }
    guard !stream.peerHasEnded else { return try reset(id, .streamClosed) }
    guard stream.window.allows(flowBytes) else { return try reset(id, .flowControlError) }
    if flowBytes == 0 && !endsStream { try noteChatter() }
    guard !stream.isFinished else {
      stream.peerHasEnded = endsStream
      return
    }
    stream.assembler.append(bytes)
    var held = 0
    var messages: [ByteBuffer] = []
    assembling: while true {
      switch stream.assembler.next() {
      case .incomplete: break assembling
      case .failure(let status):
        stream.peerHasEnded = endsStream
        return finish(stream, status)
      case .message(let message):
        if case .streaming = stream.phase {
          held += message.readableBytes + MessageFrame.prefixBytes
          messages.append(message)
        } else if stream.request == nil {
          stream.request = message
        } else {
          stream.peerHasEnded = endsStream
          return finish(stream, GRPCStatus(.internalError, "a unary call has more than one request"))
        }
      }
    }
    if endsStream {
      deliver(messages, to: stream)
      return peerEnded(stream)
    }
    let buffered = stream.bufferedBytes
    bufferedRequestBytes += buffered - stream.countedBytes
    stream.countedBytes = buffered
    guard bufferedRequestBytes <= configuration.maximumBufferedRequestBytes else {
      return finish(stream, GRPCStatus(.resourceExhausted, "too many unfinished requests on this connection"))
    }
    if let increment = stream.window.received(flowBytes, holding: held) {
      sender.bytes.writeWindowUpdate(id, increment)
    }
    // What a window of compressed messages becomes is a thousand times the window.
    if stream.window.held > configuration.streamWindowBytes + configuration.maximumMessageBytes {
      return finish(stream, GRPCStatus(.resourceExhausted, "too many messages of this stream are unread"))
    }
    deliver(messages, to: stream)
  }

  func deliver(_ messages: [ByteBuffer], to stream: ServerStream) {
    guard case .streaming(let inlet, _) = stream.phase else { return }
    for message in messages { inlet.receive(message) }
  }
}
#endif
