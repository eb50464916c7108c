#if Networking
import NIOCore

/// What a connection knows of its streams with sources.
struct SourceAccount {
  var count = 0
  var isTellingNews = false
  /// Whether the news that the answers of this batch are about were asked for.
  var hasAskedForNews = false
  /// Those that have something to say and no window for it.
  var shut: Set<StreamID> = []
  /// Since when there are such.
  var shutSince: NIODeadline?
  /// Answers that wait for those, in order.
  var held = CircularBuffer<(StreamID, Result<UnaryAnswer, GRPCStatus>)>()
  var timer: Scheduled<Void>?
  /// Whether the client's window has moved since the first of them began to wait.
  var hasMoved = false
  /// The client does not read what has no window: nothing waits for it any longer.
  var isStuck = false
}

// A client that is told what it writes must not run ahead of that: it would only lengthen its own queue, here or at its end,
// until seconds lie between a write and its event. So streams with sources are asked for news before the answers that
// the news are about, their turns are long for a client that reads fast, and while such a stream has something to say and no
// window, answers of the methods that cause news are held, for a moment and only as long as the client reads.
extension GRPCServerConnection {
  /// How long the turn of a stream with a source is at the least: time enough to tell a client that takes it of all that its own
  /// answers are about, and little for a client on a slow line.
  private static let sourceTurn = TimeAmount.milliseconds(10)
  /// How far a client may lag before answers are held: while it reads what was sent, its windows have no room for more, and
  /// that is no sign of trouble.
  private static let tolerance = TimeAmount.milliseconds(10)
  /// How long an answer is held.
  private static let patience = TimeAmount.milliseconds(20)

  /// Lets streams with sources go first, once for all answers that came together.
  func tellNews() {
    guard sources.count > 0, !sources.hasAskedForNews, let beforeAnswers = services.beforeAnswers else { return }
    sources.hasAskedForNews = true
    sources.isTellingNews = true
    beforeAnswers()
    sources.isTellingNews = false
    if mustPump { pump() }
  }

  /// Has a stream's source make what fits into one turn and the windows.
  func draw(_ stream: ServerStream) {
    guard let source = stream.source else { return }
    var batch = GRPCMessageBatch(target: min(Self.turnBytes, stream.sendWindow, sender.window))
    stream.sourceIsReady = source.fill(&batch)
    guard batch.bytes.readableBytes > 0 else { return }
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
    guard let since = sources.shutSince, !sources.isStuck else { return false }
    return !sources.held.isEmpty || .now() - since > Self.tolerance
  }

  func hold(_ answer: Result<UnaryAnswer, GRPCStatus>, _ id: StreamID) {
    sources.held.append((id, answer))
    guard sources.timer == nil, let context else { return }
    sources.hasMoved = false
    sources.timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in
      guard let self else { return }
      if !sources.hasMoved { sources.isStuck = true }
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

  func noteShut(_ stream: ServerStream) {
    guard stream.source != nil else { return }
    sources.shut.insert(stream.id)
    if sources.shutSince == nil { sources.shutSince = .now() }
  }

  func noteMoved() {
    sources.hasMoved = true
    sources.isStuck = false
  }

  func noteDrained(_ stream: ServerStream) {
    stream.turnBegan = nil
    if sources.shut.remove(stream.id) != nil, sources.shut.isEmpty {
      sources.isStuck = false
      sources.shutSince = nil
      letGo()
    }
  }

  func noteGone(_ stream: ServerStream) {
    sources.count -= 1
    noteDrained(stream)
  }
}
#endif
