extension FramedSessionMachine {
  /// What this end has received.
  func resumption(secret: [UInt8]) -> SessionResumption {
    var entries: [SessionResumption.Stream] = []
    for id in streams.ids {
      guard let receive = streams[id]?.receive, receive.isReceiving else { continue }
      entries.append(.init(id: id, received: receive.received, maxData: receive.window.advertised))
    }
    entries.sort { $0.id < $1.id }
    return SessionResumption(
      id: credential.id, secret: secret, attempt: attempt, maxData: window.advertised,
      maxStreamsBidirectional: bidirectional.advertised, maxStreamsUnidirectional: unidirectional.advertised,
      openedBidirectional: bidirectional.peerOpened, openedUnidirectional: unidirectional.peerOpened, streams: entries)
  }

  /// Goes on from what the peer has received.
  /// - Throws: PROTOCOL_VIOLATION when it claims what cannot be: less than it has acknowledged, more than was sent, an end
  ///   that was not sent. It would mean that bytes are lost or made up.
  mutating func resume(from resumption: SessionResumption) throws(FramingError) {
    func violation(_ message: String) -> FramingError {
      FramingError(.protocolViolation, in: FrameType.resume, message)
    }
    guard resumption.openedBidirectional <= bidirectional.localOpened,
      resumption.openedUnidirectional <= unidirectional.localOpened
    else { throw violation("streams were seen that were never opened") }
    for entry in resumption.streams {
      if let stream = streams[entry.id] {
        guard stream.send != nil else { throw violation("\(entry.id) has no data for the peer") }
        continue
      }
      // A stream that the peer has opened and of which nothing has come here yet.
      guard entry.id.opener == role.peer, entry.id.direction == .bidirectional, entry.received == 0,
        entry.id.index >= self[.bidirectional].peerOpened
      else { throw violation("\(entry.id) is over or was never opened") }
      guard entry.id.index < self[.bidirectional].advertised else {
        throw FramingError(.streamLimitError, in: FrameType.resume, "\(entry.id) is beyond the limit")
      }
    }
    counters.resumptions += 1
    raiseSendLimit(to: resumption.maxData)
    raiseStreamLimit(.bidirectional, to: resumption.maxStreamsBidirectional)
    raiseStreamLimit(.unidirectional, to: resumption.maxStreamsUnidirectional)

    waitingForCredit = []
    var listed: [StreamID: SessionResumption.Stream] = [:]
    for entry in resumption.streams { listed[entry.id] = entry }
    for id in streams.ids.sorted() {
      let opened = id.direction == .bidirectional ? resumption.openedBidirectional : resumption.openedUnidirectional
      if let entry = listed[id] {
        streams[id]?.send?.raiseLimit(to: entry.maxData)
        try goOn(id, from: entry.received)
      } else if id.opener == role && id.index >= opened {
        try goOn(id, from: 0)
      } else {
        let freed = try streams[id]?.send?.resumeComplete() ?? 0
        bufferedBytes -= freed
        removeIfOver(id)
      }
    }
    wakeWriters()
    actions.append(.resumed)
  }

  /// The client never saw an answer to its greeting, and so no frame: everything starts again.
  mutating func restartStreams() {
    counters.resumptions += 1
    waitingForCredit = []
    for id in streams.ids.sorted() {
      do throws(FramingError) {
        try goOn(id, from: 0)
      } catch {
        return fail(error)
      }
    }
  }

  private mutating func goOn(_ id: StreamID, from received: UInt64) throws(FramingError) {
    guard let (freed, repeated) = try streams[id]?.send?.resume(from: received) else { return }
    bufferedBytes -= freed
    counters.streamBytesRepeated += repeated
    enqueueForData(id)
  }
}
