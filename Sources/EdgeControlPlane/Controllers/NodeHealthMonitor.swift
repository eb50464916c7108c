#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import Logging

/// Watches leases: a node that has not renewed for the lease's duration becomes `Ready: Unknown`. Nothing is evicted.
///
/// Times are counted from when this process saw the renewal, not from what the lease says, so a cloud that was away itself
/// does not declare its whole fleet dead when it comes back.
struct NodeHealthMonitor: Sendable {
  let registry: ObjectRegistry
  let view: ClusterView
  let logger: Logger
  private let clock = ContinuousClock()

  init(registry: ObjectRegistry, view: ClusterView, logger: Logger) {
    self.registry = registry
    self.view = view
    self.logger = logger
  }

  func run() async {
    let renewals = CoalescingQueue<ObjectKey>()
    let observer = view.observe { change in
      if change.key.resource == .leases, change.key.namespace == "kube-node-lease" { renewals.add(change.key) }
    }
    defer { view.removeObserver(observer) }
    var deadlines: [String: ContinuousClock.Instant] = [:]
    while true {
      let timeout = deadlines.values.min().map { max(.zero, clock.now.duration(to: $0)) }
      guard let renewed = await renewals.next(within: timeout, clock: clock) else { return }
      for key in renewed {
        guard let lease = view.object(key) else {
          deadlines[key.name] = nil
          continue
        }
        // The node itself names the duration; one beyond a day would only keep it from ever being missed.
        let seconds = min(max(1, lease["spec", "leaseDurationSeconds"]?.integerValue ?? 40), 86_400)
        deadlines[key.name] = clock.now + .seconds(seconds)
      }
      for (node, deadline) in deadlines where deadline <= clock.now {
        deadlines[node] = await markUnknown(node) ? nil : clock.now + Self.retryDelay
      }
    }
  }

  private static let retryDelay = Duration.seconds(5)

  /// Returns whether there is nothing more to do; false when the registry could not take it now.
  private func markUnknown(_ node: String) async -> Bool {
    logger.warning("a node has stopped renewing its lease", metadata: ["node": "\(node)"])
    let key = ObjectKey(resource: .nodes, namespace: nil, name: node)
    do throws(APIError) {
      _ = try await registry.mutate(key, subresource: .status) { (node) throws(APIError) in
        guard var conditions = node["status", "conditions"]?.arrayValue else { return false }
        guard let index = conditions.firstIndex(where: { $0["type"]?.stringValue == "Ready" }) else { return false }
        guard conditions[index]["status"]?.stringValue != "Unknown" else { return false }
        conditions[index]["status"] = "Unknown"
        conditions[index]["reason"] = "NodeStatusUnknown"
        conditions[index]["message"] = "The node agent has stopped renewing its lease; its pods are left alone."
        conditions[index]["lastTransitionTime"] = .string(SystemWallClock().now().rfc3339)
        node["status", "conditions"] = .array(conditions)
        return true
      }
      return true
    } catch {
      if error.code == .notFound { return true }
      logger.warning("node status not written", metadata: ["node": "\(node)", "error": "\(error)"])
      return false
    }
  }
}
#endif
