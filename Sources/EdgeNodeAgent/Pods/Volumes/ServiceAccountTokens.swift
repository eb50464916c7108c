#if Networking && canImport(Glibc)
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Synchronization

/// The tokens of ServiceAccounts that the pods of this node have: got from the cloud, and again when four fifths of their
/// time are over. They are kept in memory and in the pods' volumes, nowhere else.
final class ServiceAccountTokens: Sendable {
  struct Timing: Hashable, Sendable {
    /// For the answer to one question.
    var answer: Duration = .seconds(10)
    /// Before the next question after an answer that did not come.
    var retry: Duration = .seconds(30)
    /// Before the next question after the cloud has refused.
    var refused: Duration = .seconds(300)
    /// A token that lives longer is renewed after this time nonetheless, as by a kubelet.
    var longest: Duration = .seconds(86_400)
    /// Questions at the same time.
    var concurrency = 8
  }

  private struct Entry {
    var token: String?
    var due: Duration
    var wasRefused = false
  }

  private let link: MessageLink
  private let timing: Timing
  private let time: LinkTime
  private let entropy: any EntropySource
  private let wallClock: any WallClock
  private let logger: Logger
  private let entries = Mutex<[TokenDemand: Entry]>([:])
  private let wakes = CoalescingQueue<Bool>()
  /// The pods that have a new token, or need not wait for one any longer.
  let news = CoalescingQueue<String>()

  init(
    link: MessageLink, timing: Timing = Timing(), clock: any Clock<Duration> = ContinuousClock(),
    entropy: any EntropySource, wallClock: any WallClock, logger: Logger
  ) {
    self.link = link
    self.timing = timing
    time = LinkTime(clock)
    self.entropy = entropy
    self.wallClock = wallClock
    self.logger = logger
  }

  /// The token, if it is here; else it is asked for as soon as there is a connection.
  func token(for demand: TokenDemand) -> String? {
    let (token, isNew) = entries.withLock { entries -> (String?, Bool) in
      if let entry = entries[demand] { return (entry.token, false) }
      entries[demand] = Entry(due: .zero)
      return (nil, true)
    }
    if isNew { wakes.add(true) }
    return token
  }

  /// Whether there is a cloud that could be asked.
  var isConnected: Bool { link.isConnected }

  /// Whether a token that is missing may come within a moment.
  func isExpected(for podUID: String) -> Bool {
    link.isConnected
      && entries.withLock { $0.contains { $0.key.podUID == podUID && $0.value.token == nil && !$0.value.wasRefused } }
  }

  func forget(podUID: String) { entries.withLock { $0 = $0.filter { $0.key.podUID != podUID } } }

  /// Call it when a connection serves.
  func connected() {
    entries.withLock { entries in
      for demand in entries.keys where entries[demand]?.token == nil { entries[demand]?.due = .zero }
    }
    wakes.add(true)
  }

  /// Asks and renews until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let due = link.isConnected ? entries.withLock { $0.filter { $0.value.due <= time.now }.map(\.key) } : []
      await withDiscardingTaskGroup { group in
        let lanes = min(timing.concurrency, due.count)
        for lane in 0..<lanes {
          group.addTask { [self] in
            for index in stride(from: lane, to: due.count, by: lanes) { await ask(due[index]) }
          }
        }
      }
      // Without a connection nothing is due; the next one wakes.
      let next = link.isConnected ? entries.withLock { $0.values.map(\.due).min() } : nil
      guard await wakes.next(within: next.map { max(.milliseconds(1), $0 - time.now) }, clock: time.clock) != nil
      else { return }
    }
  }

  private func ask(_ demand: TokenDemand) async {
    let question = EdgeMessage(
      id: UniqueID(from: entropy), timestamp: wallClock.now(), source: "edged", group: "meta", operation: .query,
      resource: demand.resource
    ).with(content: MessageContent(json: demand.request.serialized()))
    var retry = timing.retry
    var token: String?
    do throws(TransportError) {
      let answer = try await link.request(question, within: timing.answer)
      let content = try? JSONValue(parsing: answer.content.bytes)
      token = content?["status"]?["token"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
      if token != nil {
        let lifetime = Duration.seconds(content?["spec"]?["expirationSeconds"]?.integerValue ?? 3600)
        retry = min(timing.longest, max(.seconds(60), lifetime * 4 / 5))
      } else {
        if case .refused = ReportAnswer(answer) { retry = timing.refused }
        logger.notice(
          "the cloud gives no token of a service account",
          metadata: ["account": "\(demand.namespace)/\(demand.serviceAccount)", "pod": "\(demand.podName)"])
      }
    } catch {
      logger.debug("a token was not answered", metadata: ["resource": "\(demand.resource)", "error": "\(error)"])
    }
    let due = time.now + retry
    entries.withLock { entries in
      // A pod that went meanwhile has no entry any more.
      guard entries[demand] != nil else { return }
      if let token { entries[demand]?.token = token }
      entries[demand]?.wasRefused = token == nil
      entries[demand]?.due = due
    }
    news.add(demand.podUID)
  }
}
#endif
