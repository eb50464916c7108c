extension FramedSessionMachine {
  public enum Output: Hashable, Sendable {
    /// Nothing to write now.
    case nothing
    case bytes
    /// What there is, if anything, is the last of this connection: write it and close the carrier.
    case last
  }

  /// Appends to `bytes` what connection `number` should carry next: many frames, about ``FramedSessionConfiguration/writeBytes``
  /// in all. The shell calls it when the carrier can take more, so that what is urgent is never behind much that is not.
  public mutating func write(on number: UInt64, into bytes: inout [UInt8], now: Duration) -> Output {
    let start = bytes.count
    defer { counters.carrierBytesSent += UInt64(bytes.count - start) }
    if unspoken.contains(number) { return .last }
    if let close {
      if closeIsUnsentOn == number {
        closeIsUnsentOn = nil
        Frame.connectionClose(close).append(to: &bytes)
      }
      return .last
    }
    guard connection?.number == number else {
      // Superseded, detached or given up; the session itself goes on.
      let code: FramingErrorCode = number < lastConnection ? .sessionTakenOver : .sessionDetached
      Frame.connectionClose(SessionClose(.transport(code, frameType: 0))).append(to: &bytes)
      return .last
    }
    if let greeting = connection?.unsentGreeting {
      connection?.unsentGreeting = nil
      greeting.append(to: &bytes)
    }
    if connection?.isGreeted == true {
      writeSessionControls(into: &bytes)
      let limit = start + configuration.writeBytes
      writeStreamControls(into: &bytes, limit: limit)
      writeDatagrams(into: &bytes, limit: limit)
      writeStreams(into: &bytes, limit: limit)
      // Of what found no room just now.
      writeStreamControls(into: &bytes, limit: limit)
      writeDataBlocked(into: &bytes)
      writeAcknowledgement(into: &bytes, isTravelling: bytes.count > start, now: now)
    }
    if let connection, connection.isOwed, connection.owedSince == nil { self.connection?.owedSince = now }
    return bytes.count > start ? .bytes : .nothing
  }

  private var mayNumberFrame: Bool {
    (connection?.inFlight.count ?? .max) < max(1, configuration.maximumUnacknowledgedFrames)
  }

  /// Gives the frame just written its number and remembers what its acknowledgement means.
  private mutating func number(_ content: SentFrame.Content?) {
    guard let number = connection?.nextNumber else { return }
    connection?.nextNumber = number + 1
    counters.framesSent += 1
    if let content { connection?.inFlight.append(SentFrame(number: number, content: content)) }
  }

  private mutating func write(_ frame: Frame, into bytes: inout [UInt8]) {
    frame.append(to: &bytes)
    number(nil)
  }

  private mutating func writeSessionControls(into bytes: inout [UInt8]) {
    if connection?.isPingPending == true {
      connection?.isPingPending = false
      counters.pingsSent += 1
      write(.ping, into: &bytes)
    }
    if window.isUpdateDue { write(.maxData(window.update()), into: &bytes) }
    for direction in StreamDirection.allCases {
      let counts = self[direction]
      let limit = counts.peerClosed + configuration.peerStreamLimit
      if limit > counts.advertised, limit - counts.advertised >= max(1, configuration.peerStreamLimit / 2) {
        self[direction].advertised = limit
        write(.maxStreams(direction, limit), into: &bytes)
      }
      if counts.isBlockedPending {
        self[direction].isBlockedPending = false
        if counts.localOpened >= counts.localLimit {
          write(.streamsBlocked(direction, limit: counts.localLimit), into: &bytes)
        }
      }
    }
  }

  private mutating func writeDataBlocked(into bytes: inout [UInt8]) {
    guard isDataBlockedPending else { return }
    isDataBlockedPending = false
    if sendUsed == sendLimit { write(.dataBlocked(limit: sendLimit), into: &bytes) }
  }

  private mutating func writeStreamControls(into bytes: inout [UInt8], limit: Int) {
    while bytes.count < limit, mayNumberFrame, let id = controlQueue.popFirst() {
      guard let stream = streams[id] else { continue }
      streams[id]?.pending = []
      streams[id]?.isQueuedForControl = false
      let pending = stream.pending
      if pending.contains(.priority) {
        Frame.priority(id, UInt64(stream.priority.rawValue)).append(to: &bytes)
        number(.controls(id, .priority))
      }
      if pending.contains(.stop), stream.receive?.isReceiving == true, let code = stopCodes[id] {
        Frame.stopSending(id, code: code).append(to: &bytes)
        number(.controls(id, .stop))
      }
      if pending.contains(.reset), let reset = stream.send?.resetFrame {
        Frame.resetStream(id, code: reset.code, finalSize: reset.finalSize).append(to: &bytes)
        number(.controls(id, .reset))
      }
      if pending.contains(.maxData), stream.receive?.isUpdateDue == true,
        let limit = streams[id]?.receive?.updatedLimit()
      {
        write(.maxStreamData(id, limit), into: &bytes)
      }
      if pending.contains(.blocked), let send = stream.send, send.isBlockedByLimit, stream.blockedAt != send.limit {
        streams[id]?.blockedAt = send.limit
        write(.streamDataBlocked(id, limit: send.limit), into: &bytes)
      }
    }
  }

  private mutating func writeDatagrams(into bytes: inout [UInt8], limit: Int) {
    while bytes.count < limit, mayNumberFrame, let datagram = outgoingDatagrams.popFirst() {
      Frame.datagram(datagram[...]).append(to: &bytes)
      number(.datagram)
    }
  }

  private mutating func writeStreams(into bytes: inout [UInt8], limit: Int) {
    guard let peer else { return }
    let longest = min(
      configuration.maximumPayloadBytes, Int(clamping: peer.maximumFrameBytes) - Frame.maximumStreamOverhead)
    // Compressed bytes are many more before: what is urgent must not wait for all of them.
    var plainLeft = configuration.writeBytes
    while limit - bytes.count > Frame.maximumStreamOverhead, plainLeft > 0, mayNumberFrame,
      let (id, queuedAs) = scheduler.next()
    {
      guard streams.contains(id) else { continue }
      streams[id]?.isQueuedForData = false
      guard streams[id]?.priority == queuedAs else {
        enqueueForData(id)
        continue
      }
      let start = bytes.count
      let maximum = min(max(1, longest), limit - start - Frame.maximumStreamOverhead)
      let credit = credit(for: queuedAs)
      guard let piece = streams[id]?.send?.next(maximum: maximum, credit: credit) else {
        wait(id)
        continue
      }
      plainLeft -= piece.data.count
      if !writeCompressed(piece, of: id, into: &bytes) {
        Frame.appendStream(id, at: piece.offset, piece.data, isFinal: piece.isFinal, to: &bytes)
      }
      number(.data(id, end: piece.offset + UInt64(piece.data.count), isFinal: piece.isFinal))
      sendUsed += piece.newBytes
      counters.streamBytesSent += piece.newBytes
      enqueueForData(id)
      scheduler.sent(bytes.count - start, by: queuedAs)
    }
  }

  /// False when it is not agreed on or saves too little.
  private mutating func writeCompressed(
    _ piece: SendStream.Piece, of id: StreamID, into bytes: inout [UInt8]
  ) -> Bool {
    guard let compressors, piece.data.count >= configuration.compression?.leastBytes ?? .max,
      streams[id]?.compression.isDue() == true
    else { return false }
    let compressed = compressors.compress(piece.data)
    let isWorthIt = compressed.count + 16 <= piece.data.count - piece.data.count / 8
    streams[id]?.compression.record(isWorthIt: isWorthIt)
    guard isWorthIt else { return false }
    counters.bytesBeforeCompression += UInt64(piece.data.count)
    counters.bytesAfterCompression += UInt64(compressed.count)
    Frame.compressedStream(
      CompressedStreamFrame(
        stream: id, offset: piece.offset, isFinal: piece.isFinal, plainCount: piece.data.count, data: compressed[...])
    ).append(to: &bytes)
    return true
  }

  /// What a class may use of the session's credit. Each class below control leaves an eighth of the peer's window to those
  /// above it: unread bulk can fill the rest, and a command still gets through.
  private func credit(for priority: StreamPriority) -> UInt64 {
    let reserve = (peer?.initialMaxData ?? 0) / 8 * UInt64(priority.rawValue)
    let left = sendLimit - sendUsed
    return left > reserve ? left - reserve : 0
  }

  /// A stream that could not send waits for the limit that holds it up.
  private mutating func wait(_ id: StreamID) {
    guard let send = streams[id]?.send, send.wantsToSend else { return }
    if send.isBlockedByLimit { return require(.blocked, for: id) }
    waitingForCredit.append(id)
    if sendLimit == sendUsed, blockedAt != sendLimit {
      blockedAt = sendLimit
      isDataBlockedPending = true
    }
  }

  private mutating func writeAcknowledgement(into bytes: inout [UInt8], isTravelling: Bool, now: Duration) {
    guard let connection, connection.received > connection.receivedAtLastAcknowledgement,
      isTravelling || connection.isAcknowledgementDue || connection.acknowledgeBy.map({ $0 <= now }) ?? false
    else { return }
    Frame.acknowledgement(Acknowledgement(largest: connection.received - 1, firstRange: connection.received - 1))
      .append(to: &bytes)
    self.connection?.receivedAtLastAcknowledgement = connection.received
    self.connection?.bytesSinceAcknowledgement = 0
    self.connection?.acknowledgeBy = nil
    self.connection?.isAcknowledgementDue = false
  }
}
