import EdgeCompression

extension FramedSessionMachine {
  /// Takes bytes of connection `number`, cut wherever the carrier cut them. Those of an older connection are dropped.
  ///
  /// A broken rule closes the session; nothing after the broken frame is looked at.
  public mutating func receive(_ bytes: [UInt8], on number: UInt64, now: Duration) {
    guard connection?.number == number, close == nil else { return }
    counters.carrierBytesReceived += UInt64(bytes.count)
    connection?.lastHeard = now
    connection?.isPingPending = false
    connection?.bytesSinceAcknowledgement += bytes.count
    connection?.reader.append(bytes)
    readFrames(now: now)
  }

  mutating func readFrames(now: Duration) {
    let number = connection?.number
    do throws(FramingError) {
      while connection?.number == number, let frame = try connection?.reader.next() {
        try process(frame, now: now)
      }
    } catch {
      return fail(error)
    }
    scheduleAcknowledgement(now: now)
    if let isOwed = connection?.isOwed { connection?.owedSince = isOwed ? now : nil }
  }

  private mutating func scheduleAcknowledgement(now: Duration) {
    guard let connection, connection.received > connection.receivedAtLastAcknowledgement else { return }
    let isDue =
      connection.received - connection.receivedAtLastAcknowledgement >= configuration.acknowledgeAfterFrames
      || connection.bytesSinceAcknowledgement
        >= min(configuration.acknowledgeAfterBytes, Int(clamping: configuration.streamWindowBytes / 4))
    if isDue {
      self.connection?.isAcknowledgementDue = true
    } else if connection.acknowledgeBy == nil, !connection.isAcknowledgementDue {
      self.connection?.acknowledgeBy = now + configuration.acknowledgementDelay
    }
  }

  private mutating func process(_ frame: Frame, now: Duration) throws(FramingError) {
    guard connection?.isGreeted == true else { return try processGreeting(frame, now: now) }
    if frame.isAckEliciting {
      connection?.received += 1
      counters.framesReceived += 1
      // Whoever sends a frame of a session has seen the greeting of the other end.
      isPeerEstablished = true
    }
    switch frame {
    case .padding, .ping, .dataBlocked, .streamsBlocked: break
    case .stream(let frame): try receive(frame)
    case .compressedStream(let frame): try receive(frame)
    case .acknowledgement(let frame):
      isPeerEstablished = true
      try acknowledge(frame)
    case .maxData(let limit): raiseSendLimit(to: limit)
    case .maxStreamData(let id, let limit): try raiseLimit(of: id, to: limit)
    case .maxStreams(let direction, let limit): raiseStreamLimit(direction, to: limit)
    case .resetStream(let id, let code, let size): try receiveReset(id, code: code, finalSize: size)
    case .stopSending(let id, let code): try receiveStop(id, code: code)
    case .streamDataBlocked(let id, _): _ = try receivedPart(of: id, in: FrameType.streamDataBlocked)
    case .priority(let id, let value): try receivePriority(id, value)
    case .datagram(let data): try receiveDatagram(data)
    case .connectionClose(let close): receiveClose(close, now: now)
    case .hello: throw FramingError(.protocolViolation, in: FrameType.hello, "a second greeting")
    case .resume: throw FramingError(.protocolViolation, in: FrameType.resume, "a second greeting")
    }
  }

  /// The server's answer to a client.
  private mutating func processGreeting(_ frame: Frame, now: Duration) throws(FramingError) {
    switch frame {
    case .padding: return
    case .connectionClose(let close): return receiveClose(close, now: now)
    case .hello(let hello) where peer == nil:
      guard hello.id == credential.id, hello.attempt == attempt else {
        throw FramingError(.protocolViolation, in: FrameType.hello, "the answer is of another greeting")
      }
      connection?.isGreeted = true
      isPeerEstablished = true
      actions.append(.established)
      takeLimits(of: hello.parameters)
      wakeOpener(.bidirectional)
      wakeOpener(.unidirectional)
    case .resume(let resumption) where peer != nil:
      guard resumption.id == credential.id, resumption.attempt == attempt else {
        throw FramingError(.protocolViolation, in: FrameType.resume, "the answer is of another greeting")
      }
      connection?.isGreeted = true
      try resume(from: resumption)
    default: throw FramingError(.protocolViolation, "the first frame is no answer to the greeting")
    }
  }

  mutating func takeLimits(of parameters: SessionParameters) {
    peer = parameters
    compressors = configuration.compression?.compressors(for: parameters.compressionDictionaries)
    decompressor = configuration.compression?.decompressor(for: parameters.compressionDictionaries)
    raiseSendLimit(to: parameters.initialMaxData)
    raiseStreamLimit(.bidirectional, to: parameters.initialMaxStreamsBidirectional)
    raiseStreamLimit(.unidirectional, to: parameters.initialMaxStreamsUnidirectional)
  }

  private mutating func receiveClose(_ reason: SessionClose, now: Duration) {
    if reason.leavesSessionAlive {
      dropConnection(reason, now: now)
    } else {
      end(reason, tellsPeer: false)
    }
  }

  // MARK: Streams

  /// Finds the stream of a frame, and opens it, and all before it, when it is one of the peer's that is new (section 3.2).
  /// False when the stream is over: late frames of it are dropped.
  private mutating func find(_ id: StreamID, in frameType: UInt64) throws(FramingError) -> Bool {
    if streams.contains(id) { return true }
    guard id.opener == role.peer else {
      guard id.index < self[id.direction].localOpened else {
        throw FramingError(.streamStateError, in: frameType, "\(id) was never opened")
      }
      return false
    }
    let counts = self[id.direction]
    guard id.index >= counts.peerOpened else { return false }
    guard id.index < counts.advertised, let peer else {
      throw FramingError(.streamLimitError, in: frameType, "\(id) is beyond the limit of \(counts.advertised)")
    }
    for index in counts.peerOpened...id.index {
      let opened = StreamID(index, id.direction, openedBy: id.opener)
      var stream = Stream(receive: ReceiveStream(window: configuration.streamWindowBytes))
      if id.direction == .bidirectional { stream.send = SendStream(limit: peer.initialMaxStreamDataLocal) }
      streams.insert(opened, stream)
      unaccepted.append(opened)
      actions.append(.streamOpened(opened))
    }
    self[id.direction].peerOpened = id.index + 1
    return true
  }

  private mutating func receivedPart(of id: StreamID, in frameType: UInt64) throws(FramingError) -> Bool {
    guard id.isReceived(by: role) else {
      throw FramingError(.streamStateError, in: frameType, "\(id) is only sent here")
    }
    return try find(id, in: frameType)
  }

  private mutating func sentPart(of id: StreamID, in frameType: UInt64) throws(FramingError) -> Bool {
    guard id.isSent(by: role) else {
      throw FramingError(.streamStateError, in: frameType, "\(id) is only received here")
    }
    return try find(id, in: frameType)
  }

  private mutating func receive(_ frame: StreamFrame) throws(FramingError) {
    guard try receivedPart(of: frame.stream, in: FrameType.stream),
      let outcome = try streams[frame.stream]?.receive?.receive(frame, sessionCredit: window.credit)
    else { return }
    settle(outcome, of: frame.stream)
  }

  /// Everything is checked before anything is decompressed, so that it costs no more than windows allow.
  private mutating func receive(_ frame: CompressedStreamFrame) throws(FramingError) {
    guard let decompressor else {
      throw FramingError(.protocolViolation, in: FrameType.compressedStream, "compression was not agreed on")
    }
    guard try receivedPart(of: frame.stream, in: FrameType.compressedStream),
      try streams[frame.stream]?.receive?.expects(frame, sessionCredit: window.credit) == true
    else { return }
    let data: [UInt8]
    do throws(CompressionError) {
      data = try decompressor.decompress(frame.data.span, maximumBytes: frame.plainCount)
    } catch {
      throw FramingError(.frameEncodingError, in: FrameType.compressedStream, "what is compressed: \(error)")
    }
    guard data.count == frame.plainCount else {
      throw FramingError(
        .frameEncodingError, in: FrameType.compressedStream,
        "\(data.count) bytes come out of a frame of \(frame.plainCount)")
    }
    counters.bytesBeforeDecompression += UInt64(frame.data.count)
    counters.bytesAfterDecompression += UInt64(data.count)
    try receive(StreamFrame(stream: frame.stream, offset: frame.offset, isFinal: frame.isFinal, data: data[...]))
  }

  private mutating func receiveReset(_ id: StreamID, code: UInt64, finalSize: UInt64) throws(FramingError) {
    guard try receivedPart(of: id, in: FrameType.resetStream),
      let outcome = try streams[id]?.receive?.receiveReset(
        code: code, finalSize: finalSize, sessionCredit: window.credit)
    else { return }
    settle(outcome, of: id)
  }

  private mutating func settle(_ outcome: ReceiveStream.Outcome, of id: StreamID) {
    window.receive(outcome.newBytes)
    consumed(outcome.droppedBytes)
    counters.streamBytesReceived += outcome.newBytes
    if streams[id]?.receive?.isEnded == true {
      removeIfOver(id)
    } else if outcome.isNews {
      actions.append(.readable(id))
    }
  }

  private mutating func receiveStop(_ id: StreamID, code: UInt64) throws(FramingError) {
    guard try sentPart(of: id, in: FrameType.stopSending), let freed = streams[id]?.send?.reset(code: code) else {
      return
    }
    // Section 3.5: the answer to STOP_SENDING is RESET_STREAM with its code.
    bufferedBytes -= freed
    require(.reset, for: id)
    actions.append(.stopped(id, code: code))
    wakeWriters()
  }

  private mutating func receivePriority(_ id: StreamID, _ value: UInt64) throws(FramingError) {
    guard try find(id, in: FrameType.priority) else { return }
    // A class of a later version is below those that are known. A stream that waits moves when its turn comes.
    streams[id]?.priority = UInt8(exactly: value).flatMap(StreamPriority.init) ?? .bulk
  }

  private mutating func receiveDatagram(_ data: ArraySlice<UInt8>) throws(FramingError) {
    guard data.count + 1 + Varint.length(of: UInt64(data.count)) <= configuration.maximumDatagramBytes else {
      throw FramingError(.protocolViolation, in: FrameType.datagramLength, "a datagram of \(data.count) bytes")
    }
    if incomingDatagrams.isEmpty { actions.append(.datagramReceived) }
    counters.datagramsDropped += incomingDatagrams.push(Array(data), bound: configuration.datagramQueue)
  }

  // MARK: Limits and acknowledgements

  mutating func raiseSendLimit(to limit: UInt64) {
    guard limit > sendLimit else { return }
    sendLimit = limit
    let waiting = waitingForCredit
    waitingForCredit = []
    for id in waiting { enqueueForData(id) }
  }

  mutating func raiseStreamLimit(_ direction: StreamDirection, to limit: UInt64) {
    guard limit > self[direction].localLimit else { return }
    self[direction].localLimit = limit
    wakeOpener(direction)
  }

  private mutating func raiseLimit(of id: StreamID, to limit: UInt64) throws(FramingError) {
    guard try sentPart(of: id, in: FrameType.maxStreamData) else { return }
    streams[id]?.send?.raiseLimit(to: limit)
    enqueueForData(id)
  }

  /// - Throws: PROTOCOL_VIOLATION for numbers that were never sent (section 13.1), and for a hole: the carrier keeps the
  ///   order, so that nothing before a frame that has arrived can be missing.
  private mutating func acknowledge(_ frame: Acknowledgement) throws(FramingError) {
    guard let connection else { return }
    guard frame.largest < connection.nextNumber else {
      throw FramingError(
        .protocolViolation, in: FrameType.acknowledgement,
        "frame \(frame.largest) was never sent; \(connection.nextNumber) were")
    }
    guard frame.furtherRanges.isEmpty, frame.smallestOfFirstRange <= connection.acknowledged else {
      throw FramingError(
        .protocolViolation, in: FrameType.acknowledgement, "a hole in what an ordered carrier delivered")
    }
    guard frame.largest >= connection.acknowledged else {
      counters.staleAcknowledgements += 1
      return
    }
    self.connection?.acknowledged = frame.largest + 1
    let before = bufferedBytes
    while let first = self.connection?.inFlight.first, first.number <= frame.largest {
      _ = self.connection?.inFlight.popFirst()
      switch first.content {
      case .data(let id, let end, let isFinal):
        bufferedBytes -= streams[id]?.send?.acknowledge(upTo: end, isFinal: isFinal) ?? 0
        if isFinal { removeIfOver(id) }
      case .controls(let id, let controls):
        if controls.contains(.reset) {
          streams[id]?.send?.acknowledgeReset()
          removeIfOver(id)
        }
      case .datagram: break
      }
    }
    if bufferedBytes < before { wakeWriters() }
  }
}
