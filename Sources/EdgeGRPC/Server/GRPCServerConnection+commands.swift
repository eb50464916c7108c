#if Networking
import NIOCore

extension GRPCServerConnection: MailboxReceiver {
  func receive(_ command: ServerCommand) {
    switch command {
    case .answer(let id, let answer):
      guard let stream = streams[id], case .handling = stream.phase else { return }
      if mustHoldAnswers && stream.entry.answersBehindSources { return hold(answer, id) }
      self.answer(stream, answer)
    case .stream(let id, .message(let frame)):
      guard let stream = streams[id], case .streaming(_, let outlet?) = stream.phase else { return }
      sendHead(stream)
      send(frame, on: stream, written: { outlet.written($0) })
    case .stream(let id, .taken(let bytes)):
      guard let stream = streams[id], !stream.isFinished, !stream.peerHasEnded else { return }
      if let increment = stream.window.taken(bytes) { sender.bytes.writeWindowUpdate(id, increment) }
    case .stream(_, .end): break
    case .draw(let id, let source):
      guard let stream = streams[id], case .streaming(_, nil) = stream.phase, stream.source == nil else { return }
      stream.source = source
    case .wake(let id):
      guard let stream = streams[id], stream.source != nil else { return }
      stream.sourceIsReady = true
      noteBehind(stream)
      wait(stream)
      mustPump = true
    case .finish(let id, let status):
      guard let stream = streams[id], case .streaming = stream.phase else { return }
      // A stream that ends with OK has headers even when it had no message.
      if status.code == .ok { sendHead(stream) }
      finish(stream, status)
    case .stop: beginDrain()
    }
  }

  func finishReceiving() { flush() }
}
#endif
