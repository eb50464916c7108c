#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgePrimitives
import Logging

/// A level-triggered control loop: a change names objects that need attention, reconciling brings the world to what they
/// say. It never relies on having seen every step in between.
protocol Controller: Sendable {
  var name: String { get }
  /// The objects to look at after a change.
  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey]
  func reconcile(_ key: ObjectKey) async throws(APIError)
}

/// Feeds one controller: each object at most once in the queue, failures again after a jittered delay.
struct ControllerRunner: Sendable {
  let controller: any Controller
  let view: ClusterView
  let logger: Logger

  func run() async {
    let queue = CoalescingQueue<ObjectKey>()
    let observer = view.observe { [controller, view] change in
      queue.add(contentsOf: controller.affected(by: change, view: view))
    }
    defer { view.removeObserver(observer) }
    let clock = ContinuousClock()
    var backoffs: [ObjectKey: Backoff] = [:]
    // One entry an object, however often it changes and fails.
    var retries: [ObjectKey: ContinuousClock.Instant] = [:]
    while true {
      let timeout = retries.values.min().map { max(.zero, clock.now.duration(to: $0)) }
      guard let changed = await queue.next(within: timeout, clock: clock) else { return }
      let due = retries.filter { $0.value <= clock.now }.map(\.key)
      for key in changed + due.filter({ !changed.contains($0) }) {
        retries[key] = nil
        do throws(APIError) {
          try await controller.reconcile(key)
          backoffs[key] = nil
        } catch {
          // A conflict only means that somebody was faster; the next look sees their write.
          let isRace = [.conflict, .notFound, .alreadyExists].contains(error.code)
          logger.log(
            level: isRace ? .debug : .warning, "\(controller.name) will try again",
            metadata: ["object": "\(key)", "error": "\(error)"])
          let fresh = Backoff(base: .milliseconds(50), cap: .seconds(30), minimum: .milliseconds(10))
          retries[key] = clock.now + backoffs[key, default: fresh].next(using: SystemEntropy())
        }
      }
    }
  }
}
#endif
