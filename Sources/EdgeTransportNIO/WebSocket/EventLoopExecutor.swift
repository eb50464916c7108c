#if Networking
import NIOCore
import NIOPosix

/// Runs tasks on the event loop of one connection, so that a message passes from the socket to its reader and an answer back
/// without waking another thread: a round trip costs half.
///
/// It is for handlers that are quick between their suspensions. One that computes for long, or blocks, holds up every
/// connection of that loop; those belong on the shared pool, which is the default everywhere.
final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = EventLoopTurn.Job(job: UnownedJob(job), executor: self)
    if let turn = EventLoopTurn.collecting(on: eventLoop) { turn.add(job) } else { runLater(job) }
  }

  /// When the loop comes to it.
  func runLater(_ job: EventLoopTurn.Job) { eventLoop.execute { EventLoopTurn.collect { job.run() } } }
}

/// What one event on an event loop brings about, done before the loop looks at its sockets again: the tasks that were woken,
/// then the writes of what they sent, each connection's in one.
///
/// Without it a message and its answer would cost two more turns of the loop at each end.
final class EventLoopTurn {
  struct Job: Sendable {
    let job: UnownedJob
    let executor: EventLoopExecutor

    func run() { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
  }

  // Sound: every thread sees a turn of its own.
  nonisolated(unsafe) private static let current = ThreadSpecificVariable<EventLoopTurn>()

  private var isCollecting = false
  private var jobs: [Job] = []
  private var written: [WebSocketHandler] = []

  /// The turn that `eventLoop` is in, when this is its thread.
  static func collecting(on eventLoop: any EventLoop) -> EventLoopTurn? {
    guard let turn = current.currentValue, turn.isCollecting, eventLoop.inEventLoop else { return nil }
    return turn
  }

  /// Does `body` and what follows from it. On an event loop.
  static func collect(_ body: () -> Void) {
    let turn = current.currentValue ?? EventLoopTurn()
    if turn.isCollecting { return body() }
    current.currentValue = turn
    turn.isCollecting = true
    body()
    turn.finish()
  }

  func add(_ job: Job) { jobs.append(job) }

  /// Something waits to be written.
  func add(_ handler: WebSocketHandler) { written.append(handler) }

  private func finish() {
    for job in take(&jobs) { job.run() }
    isCollecting = false
    for handler in take(&written) { handler.drain() }
    // What these have woken lets the other sockets have their turn first.
    for job in take(&jobs) { job.executor.runLater(job) }
  }

  private func take<Element>(_ elements: inout [Element]) -> [Element] {
    let taken = elements
    elements = []
    return taken
  }
}
#endif
