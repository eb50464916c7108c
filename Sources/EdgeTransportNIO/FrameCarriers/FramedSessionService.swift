#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import Metrics
import Synchronization

/// The framed sessions of a hub, whatever carriers they come on: a ``HubServer``'s WebSockets by subprotocol, a
/// ``TLSFrameServer``'s connections, and others.
///
/// A session belongs to the node that its carriers prove, so that it can go from one kind of carrier to another and from one
/// address to another, and to nobody else. ``run(handleSession:)`` must run; ``serve(_:of:)`` is called for each carrier.
public final class FramedSessionService: Sendable {
  /// What the service has seen since it was made.
  public struct Statistics: Hashable, Sendable {
    /// Sessions that are remembered, with a carrier or without.
    public var sessions = 0
    /// Carriers that are served now.
    public var carriers = 0
    /// Carriers that broke, or were closed without a word.
    public var carriersLost = 0
    /// Carriers that ended with a CONNECTION_CLOSE of this end or of the peer, by its code. Codes of applications are under
    /// ``FramingErrorCode/applicationError``.
    public var carriersClosed: [FramingErrorCode: Int] = [:]
  }

  public let directory: FramedSessionDirectory
  private let logger: Logger
  private let statisticsSoFar = Mutex(Statistics())
  private let sessionsGauge = Gauge(label: "edge_framed_sessions")
  private let carriersGauge = Gauge(label: "edge_framed_session_carriers")

  public init(
    configuration: FramedSessionDirectory.Configuration = FramedSessionService.defaultConfiguration, logger: Logger
  ) {
    directory = FramedSessionDirectory(configuration: configuration)
    self.logger = logger
  }

  /// With a keepalive of 15 s, since a node that vanished while nothing is sent is found by nothing else.
  public static var defaultConfiguration: FramedSessionDirectory.Configuration {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.session.keepalive = .seconds(15)
    return configuration
  }

  public var statistics: Statistics {
    var statistics = statisticsSoFar.withLock { $0 }
    statistics.sessions = directory.count
    return statistics
  }

  /// Serves one carrier until it is over: finds or begins its session and goes on with it.
  public func serve(_ carrier: some FrameCarrier, of node: NodeName) async {
    count { $0.carriers += 1 }
    let end = await directory.serve(carrier, principal: node.rawValue)
    count {
      $0.carriers -= 1
      switch end {
      case .lost: $0.carriersLost += 1
      case .closed(let close): $0.carriersClosed[close.code, default: 0] += 1
      }
    }
    report(end, node)
  }

  private func count(_ change: (inout Statistics) -> Void) {
    carriersGauge.record(
      statisticsSoFar.withLock { statistics in
        change(&statistics)
        return statistics.carriers
      })
    sessionsGauge.record(directory.count)
  }

  private func report(_ end: FramedSession.ConnectionEnd, _ node: NodeName) {
    switch end {
    case .lost(let error):
      logger.info("lost a carrier", metadata: ["node": "\(node)", "reason": "\(error)"])
    case .closed(let close):
      Counter(label: "edge_framed_carriers_closed_total", dimensions: [("code", "\(close.code)")]).increment()
      let metadata: Logger.Metadata = [
        "node": "\(node)", "code": "\(close.code)", "reason": "\(close.text.prefix(200))",
      ]
      if close.code.isViolation {
        logger.warning("a broken rule ended a session", metadata: metadata)
      } else {
        logger.info("a carrier was closed", metadata: metadata)
      }
    }
  }

  /// Hands each session that a node begins to `handleSession`, and ends those whose nodes stay away, until the task is
  /// cancelled.
  /// - Parameter handleSession: serves one session, over all its carriers; when it returns, the session is closed.
  public func run(handleSession: @escaping @Sendable (FramedSession, NodeName) async -> Void) async {
    await withDiscardingTaskGroup { tasks in
      tasks.addTask { await self.directory.run() }
      while let new = try? await directory.nextSession() {
        guard let node = try? NodeName(new.principal) else { continue }
        tasks.addTask {
          await handleSession(new.session, node)
          new.session.closeSession()
          Self.record(new.session.counters)
        }
      }
    }
  }

  private static func record(_ counters: FramedSessionCounters) {
    func add(_ name: String, _ value: UInt64) {
      if value > 0 { Counter(label: "edge_framed_session_\(name)_total").increment(by: Int64(clamping: value)) }
    }
    add("resumptions", counters.resumptions)
    add("stream_bytes_sent", counters.streamBytesSent)
    add("stream_bytes_received", counters.streamBytesReceived)
    add("stream_bytes_repeated", counters.streamBytesRepeated)
    // What was saved is the difference; both directions together.
    add("bytes_plain", counters.bytesBeforeCompression + counters.bytesAfterDecompression)
    add("bytes_compressed", counters.bytesAfterCompression + counters.bytesBeforeDecompression)
  }
}

extension SessionClose {
  fileprivate var code: FramingErrorCode {
    switch reason {
    case .transport(let code, _): code
    case .application(0): .noError
    case .application: .applicationError
    }
  }
}

extension FramingErrorCode {
  /// Whether a peer broke a rule, as opposed to an end that one of both wanted.
  fileprivate var isViolation: Bool {
    switch self {
    case .noError, .applicationError, .connectionRefused, .sessionTakenOver, .sessionDetached, .sessionExpired: false
    default: true
    }
  }
}
#endif
