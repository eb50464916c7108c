#if Networking
import NIOCore
import NIOHPACK

extension GRPCServerConnection {
  // MARK: - Flushing

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    sender.channelIsWritable = context.channel.isWritable
    if sender.channelIsWritable {
      mustPump = true
      flush()
    }
    context.fireChannelWritabilityChanged()
  }

  /// Sends what there is, once for all that was read or posted together.
  func flush() {
    guard !isReading, !isFlushing, let context else { return }
    isFlushing = true
    pingAnswers.bytes = 0
    repeat {
      if mustPump { pump() }
      sender.flush(to: context)
      // The socket may have taken everything, so that there is room again.
    } while mustPump && sender.channelIsWritable && !isClosing
    isFlushing = false
    if sender.isOverfull { fail(ConnectionFailure(.enhanceYourCalm, "the peer does not read what it asks for")) }
  }

  /// Lets streams that were held back go on.
  func pump() {
    mustPump = false
    while sender.hasRoom, let id = waiting.popFirst() {
      guard let stream = streams[id] else { continue }
      stream.isWaiting = false
      guard advance(stream) else {
        stream.isWaiting = true
        waiting.prepend(id)
        break
      }
    }
    if !waiting.isEmpty && sender.channelIsWritable && sender.window > 0 { mustPump = true }
  }

  /// Sends what one stream may send in its turn.
  /// - Returns: false when it keeps its place, because the connection's window is shut or its turn was cut short.
  func advance(_ stream: ServerStream) -> Bool {
    var turn = Self.turnBytes
    while stream.hasSomethingToSend {
      guard sender.hasRoom, turn > 0 else {
        if mayGoOn(stream) {
          guard sender.hasRoom else { return false }
          turn = Self.turnBytes
          continue
        }
        stream.turnBegan = nil
        wait(stream)
        return true
      }
      guard let item = stream.outgoing.first else {
        if stream.sendWindow <= 0 { return true }
        if sender.window <= 0 { return false }
        draw(stream)
        continue
      }
      switch item {
      case .head:
        sender.writeHead(stream.id)
        stream.outgoing.dropFirst()
      case .data(var bytes, let written):
        let count = min(bytes.readableBytes, stream.sendWindow, sender.window, turn)
        if count <= 0 {
          // A stream whose own window is shut comes back with the window's update.
          return stream.sendWindow <= 0
        }
        guard let context, let part = bytes.readSlice(length: count) else { return true }
        turn -= count
        sendNow(part, on: stream, context)
        unwrittenResponseBytes -= count
        if bytes.readableBytes > 0 {
          stream.outgoing.replaceFirst(with: .data(bytes, written: written))
        } else {
          stream.outgoing.dropFirst()
        }
        written?(count)
      case .pieces(var frame):
        if stream.sendWindow <= 0 { return true }
        if sender.window <= 0 { return false }
        let piece = frame.next(target: Self.turnBytes)
        if frame.remainingBytes > 0 {
          stream.outgoing.replaceFirst(with: .pieces(frame))
        } else {
          stream.outgoing.dropFirst()
        }
        stream.outgoing.prepend(.data(piece, written: nil))
      case .trailers(let status):
        stream.outgoing.dropFirst()
        sendTrailersNow(stream, status)
      }
    }
    if stream.source != nil { noteDrained(stream) }
    return true
  }

  func wait(_ stream: ServerStream) {
    if stream.isWaiting { return }
    stream.isWaiting = true
    waiting.append(stream.id)
  }

  /// Puts something behind what a stream has to send already.
  func queue(_ item: OutgoingQueue.Item, on stream: ServerStream) {
    stream.outgoing.append(item)
    wait(stream)
    mustPump = true
  }

  // MARK: - Answering

  func sendHead(_ stream: ServerStream) {
    guard !stream.hasSentHeaders else { return }
    stream.hasSentHeaders = true
    strikes.sentFrames()
    if stream.outgoing.isEmpty && sender.hasRoom { sender.writeHead(stream.id) } else { queue(.head, on: stream) }
  }

  func send(_ frame: ByteBuffer, on stream: ServerStream, written: (@Sendable (Int) -> Void)? = nil) {
    let count = frame.readableBytes
    if stream.outgoing.isEmpty, sender.hasRoom, count <= stream.sendWindow, count <= sender.window, let context {
      sendNow(frame, on: stream, context)
      written?(count)
    } else {
      unwrittenResponseBytes += count
      queue(.data(frame, written: written), on: stream)
    }
  }

  func answer(_ stream: ServerStream, _ answer: Result<UnaryAnswer, GRPCStatus>) {
    switch answer {
    case .success(.frame(let frame)):
      sendHead(stream)
      send(frame, on: stream)
      finish(stream, .ok)
    case .success(.pieces(let frame)):
      sendHead(stream)
      unwrittenResponseBytes += frame.remainingBytes
      queue(.pieces(frame), on: stream)
      finish(stream, .ok)
    case .failure(let status): finish(stream, status)
    }
  }

  func sendNow(_ bytes: ByteBuffer, on stream: ServerStream, _ context: ChannelHandlerContext) {
    strikes.sentData(bytes.readableBytes)
    stream.sendWindow -= bytes.readableBytes
    sender.writeData(bytes, stream.id, context)
  }

  func finish(_ stream: ServerStream, _ status: GRPCStatus) {
    guard !stream.isFinished else { return }
    stream.entry.metrics.callEnded(status.code)
    release(stream, status)
    strikes.sentFrames()
    if stream.outgoing.isEmpty && sender.hasRoom {
      sendTrailersNow(stream, status)
    } else {
      queue(.trailers(status), on: stream)
    }
  }

  /// Ends our side, and the peer's if it has not: it must not send what nobody reads.
  func sendTrailersNow(_ stream: ServerStream, _ status: GRPCStatus) {
    if status.code == .ok, stream.hasSentHeaders, status.message.isEmpty {
      sender.writeOK(stream.id)
    } else {
      sender.writeFields(CallHeaders.trailers(status, afterHeaders: stream.hasSentHeaders), stream.id)
    }
    if !stream.peerHasEnded { sender.bytes.writeReset(stream.id, .noError) }
    streams[stream.id] = nil
    if drain == .confirmed { closeIfDrained() }
  }

  func refuse(_ id: StreamID, _ trailers: HPACKHeaders, endsStream: Bool) {
    strikes.sentFrames()
    sender.writeFields(trailers, id)
    if !endsStream { sender.bytes.writeReset(id, .noError) }
  }

  /// Ends a stream because the peer did, or because of what it did.
  func drop(_ stream: ServerStream) {
    streams[stream.id] = nil
    unwrittenResponseBytes -= stream.outgoing.byteCount
    if !stream.isFinished {
      let status = GRPCStatus(.cancelled, "the client cancelled the call")
      stream.entry.metrics.callEnded(status.code)
      release(stream, status)
    }
    closeIfDrained()
  }

  /// What the peer did is wrong for one stream only. Counted with its own resets, because it costs as much.
  func reset(_ id: StreamID, _ code: HTTP2Code) throws(ConnectionFailure) {
    sender.bytes.writeReset(id, code)
    if let stream = streams[id] { drop(stream) }
    try noteReset()
  }

  func noteReset() throws(ConnectionFailure) {
    guard resets.note(at: .now()) else { throw ConnectionFailure(.enhanceYourCalm, "too many resets") }
  }
}
#endif
