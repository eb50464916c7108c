#if Networking
import NIOCore

/// What a connection knows of its streams with sources.
struct SourceAccount {
  /// Those that have had something to say and have not said it all.
  var behind: Set<StreamID> = []
  /// Since when there are such.
  var behindSince: NIODeadline?
  /// Answers that wait for those, in order.
  var held = CircularBuffer<(StreamID, Result<UnaryAnswer, GRPCStatus>)>()
  var timer: Scheduled<Void>?
}

// A client that is told of what it writes must not run ahead of that: it would only lengthen its own queue, here or at its end,
// until seconds lie between a write and its event. So the turns of streams with sources are long for a client that reads
// fast, and when such a stream has not said everything for a while, answers of the methods that cause news are held until it
// has, for a moment and only as long as the client reads.
extension GRPCServerConnection {
  /// How long the turn of a stream with a source is at the least: time enough for much with a client that takes it, and little
  /// time on a slow line.
  private static let sourceTurn = TimeAmount.milliseconds(10)
  /// How long a stream may have something left to say before answers are held: under load that is so again and again, and no
  /// sign of trouble.
  private static let tolerance = TimeAmount.milliseconds(10)
  /// How long an answer is held.
  private static let patience = TimeAmount.milliseconds(20)

  /// Has a stream's source make what fits into one turn and the windows.
  func draw(_ stream: ServerStream) {
    guard let source = stream.source else { return }
    var batch = GRPCMessageBatch(target: min(Self.turnBytes, stream.sendWindow, sender.window))
    stream.sourceIsReady = source.fill(&batch)
    guard batch.bytes.readableBytes > 0 else { return }
    stream.hasMoved = true
    if !stream.hasSentHeaders {
      stream.hasSentHeaders = true
      sender.writeHead(stream.id)
    }
    unwrittenResponseBytes += batch.bytes.readableBytes
    stream.outgoing.append(.data(batch.bytes, written: nil))
  }

  /// Whether a stream whose turn is over may go on.
  func mayGoOn(_ stream: ServerStream) -> Bool {
    guard stream.source != nil else { return false }
    let now = NIODeadline.now()
    if stream.turnBegan == nil { stream.turnBegan = now }
    return now - (stream.turnBegan ?? now) < Self.sourceTurn
  }

  // MARK: - Answers behind news

  var mustHoldAnswers: Bool {
    guard let since = sources.behindSince else { return false }
    return !sources.held.isEmpty || .now() - since > Self.tolerance
  }

  func hold(_ answer: Result<UnaryAnswer, GRPCStatus>, _ id: StreamID) {
    sources.held.append((id, answer))
    guard sources.timer == nil, let context else { return }
    for id in sources.behind { streams[id]?.hasMoved = false }
    sources.timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in
      guard let self else { return }
      // What a client does not read at all is not waited for again.
      sources.behind = sources.behind.filter { self.streams[$0]?.hasMoved == true }
      if sources.behind.isEmpty { sources.behindSince = nil }
      letGo()
      flush()
    }
  }

  private func letGo() {
    sources.timer?.cancel()
    sources.timer = nil
    let held = sources.held
    sources.held.removeAll()
    for (id, answer) in held {
      guard let stream = streams[id], case .handling = stream.phase else { continue }
      self.answer(stream, answer)
    }
  }

  func noteBehind(_ stream: ServerStream) {
    stream.hasMoved = true
    sources.behind.insert(stream.id)
    if sources.behindSince == nil { sources.behindSince = .now() }
  }

  func noteDrained(_ stream: ServerStream) {
    stream.turnBegan = nil
    if sources.behind.remove(stream.id) != nil, sources.behind.isEmpty {
      sources.behindSince = nil
      letGo()
    }
  }
}
#endif
