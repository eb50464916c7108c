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
    var backoffs: [ObjectKey: Backoff] = [:]
    await withDiscardingTaskGroup { group in
      while let keys = await queue.next() {
        for key in keys {
          do throws(APIError) {
            try await controller.reconcile(key)
            backoffs[key] = nil
          } catch {
            // A conflict only means that somebody was faster; the next look sees their write.
            let level: Logger.Level = error.code == .conflict || error.code == .notFound ? .debug : .warning
            logger.log(
              level: level, "\(controller.name) will try again", metadata: ["object": "\(key)", "error": "\(error)"])
            let delay = backoffs[key, default: Backoff(base: .milliseconds(50), cap: .seconds(30), minimum: .milliseconds(10))]
              .next(using: SystemEntropy())
            group.addTask {
              try? await Task.sleep(for: delay)
              queue.add(key)
            }
          }
        }
      }
      group.cancelAll()
    }
  }
}
#endif
