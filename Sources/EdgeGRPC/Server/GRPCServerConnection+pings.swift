#if Networking
import NIOCore

/// Answers to the peer's pings that have not left yet.
struct PingAnswers {
  var bytes = 0
  var timer: Scheduled<Void>?
}

extension GRPCServerConnection {
  /// For how long an answer to a ping waits for an answer to a call.
  private static let pingPatience = TimeAmount.milliseconds(5)
  /// Among more streams nobody looks for such a call.
  private static let searchedStreams = 256

  /// Clients of gRPC measure the connection with a ping beside nearly every request. While a call is being handled, the
  /// answer to the ping leaves together with the call's: alone it would cost both ends a call of the system and the client
  /// a wakeup.
  ///
  /// - Returns: whether nothing else is there to be sent, and that waits.
  func holdsPingAnswers() -> Bool {
    guard pingAnswers.bytes > 0, sender.bytes.readableBytes == pingAnswers.bytes, !mustPump, !isClosing,
      streams.count <= Self.searchedStreams,
      streams.values.contains(where: { if case .handling = $0.phase { true } else { false } }), let context
    else { return false }
    if pingAnswers.timer == nil {
      pingAnswers.timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.pingPatience) { [weak self] in
        guard let self else { return }
        pingAnswers.timer = nil
        flush()
      }
    }
    return true
  }
}
#endif
