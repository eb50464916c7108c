#if Networking
import NIOCore
import Synchronization

/// What can hand something back when nothing has passed for a while.
protocol Quietening: AnyObject {
  /// Whether something has passed since this was last asked.
  func wasBusy() -> Bool
  /// Called when nothing has. Whether it is done; else it is asked again later.
  func becameQuiet() -> Bool
}

/// The connections of one event loop that were not quiet when last looked at. One timer serves all, and none runs while all
/// are quiet.
final class QuietConnections {
  private let eventLoop: any EventLoop
  private let interval: TimeAmount
  private var busy: [any Quietening] = []
  private var isScheduled = false

  init(eventLoop: any EventLoop, interval: TimeAmount) {
    self.eventLoop = eventLoop
    self.interval = interval
  }

  /// Looks at the connection until it is quiet; then it is to be added again when something passes.
  func add(_ connection: any Quietening) {
    busy.append(connection)
    schedule()
  }

  private func schedule() {
    guard !isScheduled, !busy.isEmpty else { return }
    isScheduled = true
    eventLoop.assumeIsolated().scheduleTask(in: interval) { self.look() }
  }

  private func look() {
    isScheduled = false
    busy.removeAll { !$0.wasBusy() && $0.becameQuiet() }
    // A storm of connections leaves room for thousands behind.
    if busy.isEmpty { busy = [] }
    schedule()
  }
}

/// The ``QuietConnections`` of each event loop of a server.
final class QuietConnectionsByLoop: Sendable {
  private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<QuietConnections>]>([:])
  private let interval: TimeAmount

  init(interval: TimeAmount = .seconds(1)) { self.interval = interval }

  /// On that event loop.
  func of(_ eventLoop: any EventLoop) -> QuietConnections {
    eventLoop.preconditionInEventLoop()
    let bound = loops.withLock { loops in
      if let known = loops[ObjectIdentifier(eventLoop)] { return known }
      let new = NIOLoopBound(QuietConnections(eventLoop: eventLoop, interval: interval), eventLoop: eventLoop)
      loops[ObjectIdentifier(eventLoop)] = new
      return new
    }
    return bound.value
  }
}
#endif
