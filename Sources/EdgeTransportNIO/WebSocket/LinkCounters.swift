#if Networking
import EdgeTransport
import Logging
import Metrics

/// Counts what the WebSockets of one hub or edge do, for the process's metrics system. Labels begin with `edge_hub_` or
/// `edge_link_`.
///
/// A connection counts messages and bytes by itself and hands them over a read or a write at a time, so that counting costs
/// nothing per message.
package final class LinkCounters: Sendable {
  private let prefix: String
  private let logger: Logger?
  private let messagesIn: Counter
  private let messagesOut: Counter
  private let bytesIn: Counter
  private let bytesOut: Counter

  /// - Parameter logger: told when a peer breaks a rule or is cut off.
  package init(prefix: String, logger: Logger? = nil) {
    self.prefix = prefix
    self.logger = logger
    messagesIn = Counter(label: "\(prefix)_messages_received_total")
    messagesOut = Counter(label: "\(prefix)_messages_sent_total")
    bytesIn = Counter(label: "\(prefix)_bytes_received_total")
    bytesOut = Counter(label: "\(prefix)_bytes_sent_total")
  }

  package func received(messages: Int, bytes: Int) {
    if messages > 0 { messagesIn.increment(by: messages) }
    bytesIn.increment(by: bytes)
  }

  package func sent(messages: Int, bytes: Int) {
    if messages > 0 { messagesOut.increment(by: messages) }
    bytesOut.increment(by: bytes)
  }

  /// The peer broke a rule and the connection was closed with `code`.
  func violated(_ code: WebSocketCloseCode, _ reason: String, by peer: String) {
    logger?.warning(
      "closed a connection whose peer broke the protocol",
      metadata: ["peer": "\(peer)", "code": "\(code.rawValue)", "reason": "\(reason)"])
    Counter(label: "\(prefix)_violations_total", dimensions: [("code", "\(code.rawValue)")]).increment()
  }

  /// The connection was cut because the peer was not there any more.
  package func died(_ reason: Liveness.Reason, _ peer: String) {
    logger?.warning(
      "cut off a peer that is not there any more",
      metadata: ["event": "link.dead-peer", "peer": "\(peer)", "reason": "\(reason.rawValue)"])
    Counter(label: "\(prefix)_dead_peers_total", dimensions: [("reason", "\(reason)")]).increment()
  }
}
#endif
