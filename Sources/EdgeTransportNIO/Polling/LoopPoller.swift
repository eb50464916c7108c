#if Networking
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Polls the socket of a ``Conversation`` for a moment before its event loop goes to sleep. One for each event loop.
///
/// While it polls, the loop does nothing else: the other sockets and timers of the loop wait up to
/// ``WebSocketTiming/pollBeforeSleep``, once, since what they bring ends the conversation. What other threads ask of a
/// WebSocket ends the polling at once.
final class LoopPoller {
  // Sound: every thread sees a poller of its own.
  nonisolated(unsafe) private static let current = ThreadSpecificVariable<LoopPoller>()

  /// The poller of the event loop whose thread this is.
  static var ofThisLoop: LoopPoller {
    if let poller = current.currentValue { return poller }
    let poller = LoopPoller()
    current.currentValue = poller
    return poller
  }

  let interruption = Interruption()
  /// How often it has begun to poll.
  private(set) var polls = 0
  private var conversation = Conversation()

  /// Another thread has something for this event loop.
  final class Interruption: Sendable {
    private let isRaised = Atomic(false)

    func raise() { isRaised.store(true, ordering: .relaxed) }
    fileprivate func clear() { isRaised.store(false, ordering: .relaxed) }
    fileprivate var isSet: Bool { isRaised.load(ordering: .relaxed) }
  }

  func received(messages: Int, bytes: Int, from connection: AnyObject, maximum: Int64, now: NIODeadline) {
    conversation.received(
      messages: messages, bytes: bytes, from: ObjectIdentifier(connection), maximum: maximum,
      now: Int64(now.uptimeNanoseconds))
  }

  /// Polls when this turn of the loop is over, if `connection` is in a conversation.
  func sent(on connection: AnyObject, context: ChannelHandlerContext) {
    guard conversation.concerns(ObjectIdentifier(connection)) else { return }
    let now = Int64(NIODeadline.now().uptimeNanoseconds)
    guard let end = conversation.sent(on: ObjectIdentifier(connection), now: now) else { return }
    // Whoever raises it from now on comes after the task below.
    interruption.clear()
    context.eventLoop.assumeIsolated().execute { self.poll(context.channel, until: end) }
  }

  /// What was received has had its due: an answer that comes later is none of a conversation.
  func turnEnded() { conversation.turnEnded() }

  func removed(_ connection: AnyObject) { conversation.removed(ObjectIdentifier(connection)) }

  private func poll(_ channel: any Channel, until end: Int64) {
    guard PollingProcessors.all.take() else { return }
    defer { PollingProcessors.all.giveBack() }
    polls += 1
    // Without a socket of the system, or with a closed one, there is nothing to poll.
    _ = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
      var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      while !interruption.isSet, Int64(NIODeadline.now().uptimeNanoseconds) < end {
        // Anything but "nothing yet", an error too, is for the event loop to look at.
        if isReady(&event) { break }
        // Whoever else could use this processor has it.
        sched_yield()
      }
    }
  }
}

/// Asks without waiting.
private func isReady(_ event: inout pollfd) -> Bool { poll(&event, 1, 0) != 0 }

/// How many event loops of this process may poll at once: all processors but one, so that a machine with one never polls,
/// and on others somebody else can always run.
final class PollingProcessors: Sendable {
  static let all = PollingProcessors(count: System.coreCount)

  private let free: Atomic<Int>

  init(count: Int) { free = Atomic(max(0, count - 1)) }

  func take() -> Bool {
    if free.subtract(1, ordering: .relaxed).newValue >= 0 { return true }
    giveBack()
    return false
  }

  func giveBack() { free.add(1, ordering: .relaxed) }
}
#endif
