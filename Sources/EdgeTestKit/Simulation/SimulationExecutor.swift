import EdgePrimitives
import Synchronization

/// Runs the tasks of a simulation one job after the other, in the order in which they became ready, on the thread of
/// whoever calls ``drain()``: the real asynchronous code, and the same run from the same seed.
///
/// Start the first task with `Task(executorPreference:)`; its child tasks follow it. Time comes from a ``VirtualClock``.
public final class SimulationExecutor: TaskExecutor {
  private let jobs = Mutex<(queue: [UnownedJob], first: Int)>(([], 0))

  public init() {}

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.queue.append(job) }
  }

  public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  /// Runs until nothing is ready any more; returns how many jobs that were.
  @discardableResult
  public func drain() -> Int {
    var count = 0
    while let job = next() {
      job.runSynchronously(on: asUnownedTaskExecutor())
      count += 1
    }
    return count
  }

  private func next() -> UnownedJob? {
    jobs.withLock { jobs in
      guard jobs.first < jobs.queue.count else {
        jobs.queue.removeAll(keepingCapacity: true)
        jobs.first = 0
        return nil
      }
      defer { jobs.first += 1 }
      return jobs.queue[jobs.first]
    }
  }
}
