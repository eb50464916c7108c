// What the application does with streams. Wrong uses of ids (a stream that is over, the receiving end of a one-way stream)
// are answered like streams that are over: the peer can end any stream at any moment, so that a caller must expect it.
extension FramedSessionMachine {
  public enum Opening: Hashable, Sendable {
    case opened(StreamID)
    /// The peer's or the own limit is reached, or there was no answer yet; ``Action/canOpen(_:)`` follows.
    case wait
    case closed(SessionClose)
  }

  public mutating func openStream(
    _ direction: StreamDirection, priority: StreamPriority = .objects
  ) -> Opening {
    if let close { return .closed(close) }
    let counts = self[direction]
    guard let peer, counts.localOpened < counts.localLimit,
      counts.localOpened - counts.localClosed < configuration.localStreamLimit
    else {
      self[direction].isOpenerWaiting = true
      if peer != nil, counts.localOpened >= counts.localLimit { self[direction].isBlockedPending = true }
      return .wait
    }
    let id = StreamID(counts.localOpened, direction, openedBy: role)
    self[direction].localOpened += 1
    var stream = Stream(priority: priority)
    switch direction {
    case .bidirectional:
      stream.send = SendStream(limit: peer.initialMaxStreamDataRemote)
      stream.receive = ReceiveStream(window: configuration.streamWindowBytes)
    case .unidirectional: stream.send = SendStream(limit: peer.initialMaxStreamDataUnidirectional)
    }
    streams.insert(id, stream)
    if priority != .objects { require(.priority, for: id) }
    return .opened(id)
  }

  /// The next stream that the peer has opened, in the order of their opening.
  public mutating func acceptStream() -> StreamID? {
    while let id = unaccepted.popFirst() {
      if streams.contains(id) { return id }
    }
    return nil
  }

  /// The class of a stream, which its opener has chosen; nil when it is over.
  public func priority(of id: StreamID) -> StreamPriority? { streams[id]?.priority }

  public enum Writing: Hashable, Sendable {
    /// So many bytes were taken; when it is not all of them, ``Action/writable(_:)`` follows.
    case accepted(Int)
    /// Finished, reset or stopped before.
    case over
    case closed(SessionClose)
  }

  /// Takes as many of the first bytes as there is room for. They are kept until the peer has acknowledged them.
  public mutating func write(_ data: ArraySlice<UInt8>, to id: StreamID) -> Writing {
    if let close { return .closed(close) }
    // No copy of the stream may live here: its buffer would be copied by the write.
    guard streams.contains(id), let priority = streams[id]?.priority, let buffered = streams[id]?.writableBuffer else {
      return .over
    }
    let taken = min(data.count, room(for: priority, buffered: buffered))
    if taken > 0 {
      streams[id]?.send?.write(data.prefix(taken))
      bufferedBytes += taken
      enqueueForData(id)
    }
    if taken < data.count, streams[id]?.isWriterWaiting == false {
      streams[id]?.isWriterWaiting = true
      waitingWriters.append(id)
    }
    return .accepted(taken)
  }

  private func room(for priority: StreamPriority, buffered: Int) -> Int {
    let reserve = configuration.sessionSendBytes / 8 * Int(priority.rawValue)
    return max(
      0, min(configuration.sessionSendBytes - reserve - bufferedBytes, configuration.streamSendBytes - buffered))
  }

  /// Wakes the writers that find enough room to be worth it, the highest class first.
  mutating func wakeWriters() {
    guard !waitingWriters.isEmpty else { return }
    let worthwhile = min(16 << 10, configuration.streamSendBytes / 4, configuration.sessionSendBytes / 16)
    var woken: [(StreamPriority, StreamID)] = []
    var waiting: [StreamID] = []
    for id in waitingWriters {
      if let priority = streams[id]?.priority, let buffered = streams[id]?.writableBuffer {
        guard room(for: priority, buffered: buffered) >= max(1, worthwhile) else {
          waiting.append(id)
          continue
        }
        woken.append((priority, id))
      } else {
        woken.append((.control, id))
      }
    }
    waitingWriters = waiting
    woken.sort { $0.0 < $1.0 }
    for (_, id) in woken {
      streams[id]?.isWriterWaiting = false
      actions.append(.writable(id))
    }
  }

  /// Ends the sending part after what was written.
  public mutating func finish(_ id: StreamID) {
    if streams[id]?.send?.finish() == true { enqueueForData(id) }
  }

  /// Ends the sending part at once; what was not sent is dropped. Codes over 2^62 - 1 are sent as that.
  public mutating func reset(_ id: StreamID, code: UInt64) {
    guard let freed = streams[id]?.send?.reset(code: min(code, Varint.maximum)) else { return }
    bufferedBytes -= freed
    require(.reset, for: id)
    wakeWriters()
  }

  /// The next bytes of a stream, `.wait` when there are none, and once what ended it.
  public mutating func read(_ id: StreamID, maximum: Int = .max) -> ReceivedPart {
    if let close { return .closed(close) }
    guard streams.contains(id), let reading = streams[id]?.receive?.read(maximum: maximum) else { return .end }
    switch reading {
    case .wait: return .wait
    case .data(let data):
      consumed(UInt64(data.count))
      if streams[id]?.receive?.isUpdateDue == true { require(.maxData, for: id) }
      return .data(data)
    case .end:
      removeIfOver(id)
      return .end
    case .reset(let code):
      removeIfOver(id)
      return .reset(code: code)
    }
  }

  public enum ReceivedPart: Hashable, Sendable {
    case data([UInt8])
    case wait
    /// The peer has finished, or this end has stopped reading.
    case end
    /// The peer has given the stream up.
    case reset(code: UInt64)
    case closed(SessionClose)
  }

  /// Drops what was received and still comes, and asks the peer to stop.
  public mutating func stopReading(_ id: StreamID, code: UInt64) {
    guard let (dropped, asksPeer) = streams[id]?.receive?.stop() else { return }
    consumed(dropped)
    if asksPeer {
      stopCodes[id] = min(code, Varint.maximum)
      require(.stop, for: id)
    }
    removeIfOver(id)
  }

  /// Queues a datagram; on a full queue the oldest goes. False when the peer does not take it.
  public mutating func sendDatagram(_ data: [UInt8]) -> Bool {
    // The limit is of the frame, type and length included.
    guard close == nil, let peer,
      UInt64(data.count + 1 + Varint.length(of: UInt64(data.count))) <= peer.maximumDatagramFrameBytes
    else { return false }
    counters.datagramsDropped += outgoingDatagrams.push(data, bound: configuration.datagramQueue)
    return true
  }

  public mutating func nextDatagram() -> [UInt8]? { incomingDatagrams.popFirst() }

  /// Whether everything that was written has been acknowledged.
  public var isFlushed: Bool {
    bufferedBytes == 0 && streams.all.allSatisfy { $0.send.map { !$0.wantsToSend && $0.resetFrame == nil } ?? true }
  }

  // MARK: Shared steps

  mutating func consumed(_ bytes: UInt64) { window.consume(bytes) }

  mutating func require(_ controls: StreamControls, for id: StreamID) {
    guard streams.contains(id) else { return }
    streams[id]?.pending.formUnion(controls)
    if streams[id]?.isQueuedForControl == false {
      streams[id]?.isQueuedForControl = true
      controlQueue.append(id)
    }
  }

  mutating func enqueueForData(_ id: StreamID) {
    guard streams.contains(id) else { return }
    switch streams[id]?.demand {
    case .send(let priority):
      streams[id]?.isQueuedForData = true
      scheduler.enqueue(id, priority)
    case .limit: require(.blocked, for: id)
    case .nothing, nil: break
    }
  }

  /// Forgets a stream both parts of which are over, and makes room for another.
  mutating func removeIfOver(_ id: StreamID) {
    guard streams.contains(id), streams[id]?.isOver == true else { return }
    let isWriterWaiting = streams[id]?.isWriterWaiting == true
    streams.remove(id)
    stopCodes[id] = nil
    if isWriterWaiting { actions.append(.writable(id)) }
    if id.opener == role {
      self[id.direction].localClosed += 1
      wakeOpener(id.direction)
    } else {
      self[id.direction].peerClosed += 1
    }
  }

  mutating func wakeOpener(_ direction: StreamDirection) {
    guard self[direction].isOpenerWaiting else { return }
    self[direction].isOpenerWaiting = false
    actions.append(.canOpen(direction))
  }
}

extension FIFO<[UInt8]> {
  /// Appends a datagram, for which the oldest goes when the queue is full; how many went.
  mutating func push(_ datagram: [UInt8], bound: Int) -> UInt64 {
    let isFull = count >= max(1, bound)
    if isFull { _ = popFirst() }
    append(datagram)
    return isFull ? 1 : 0
  }
}
