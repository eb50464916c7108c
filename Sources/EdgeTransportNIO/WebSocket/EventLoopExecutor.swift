#if Networking
import NIOCore

/// Runs tasks on the event loop of one connection, so that a message passes from the socket to its reader and an answer back
/// without waking another thread: a round trip costs half.
///
/// It is for handlers that are quick between their suspensions. One that computes for long, or blocks, holds up every
/// connection of that loop; those belong on the shared pool, which is the default everywhere.
final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
#endif
