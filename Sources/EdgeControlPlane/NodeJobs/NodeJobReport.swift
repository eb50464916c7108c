#if Networking
import EdgeJSON
import EdgePrimitives
import EdgeTransport

/// What a node says of one step of a job that its cloud has given it: an upgrade, pulling images ahead, a change of its
/// configuration.
///
/// KubeEdge has two generations of such jobs and three ways for their reports. A hub passes all of them on as this:
///
/// | way | job | content |
/// |---|---|---|
/// | message `UpdateNodeActionStatus` of `operations.kubeedge.io/v1alpha2/<type>/<name>/node/<node>` | `.job` | `{action, succ, finishTime, reason, extend}` |
/// | message `upgrade` or `prepull` of `task/<id>/node/<node>` | `.task` | `NodeTaskResponse` |
/// | `POST /task/<type>/name/<id>/node/<node>/status` | `.task` | `NodeTaskResponse` |
/// | `POST /nodeupgrade` | `.task` of `upgrade` | `NodeUpgradeJobResponse` |
public struct NodeJobReport: Hashable, Sendable {
  public enum Job: Hashable, Sendable {
    /// A job of operations v1alpha1: `upgrade`, `prepull` ... and the id that the cloud gave it.
    case task(type: String, id: String)
    /// An object of operations v1alpha2: `nodeupgradejob`, `imageprepulljob`, `configupdatejob`, and its name.
    case job(type: String, name: String)
  }

  public enum Outcome: Hashable, Sendable {
    case succeeded
    case failed
    /// Another word of a job of v1alpha1, such as `Confirmation` or `TimeOut`.
    case other(String)
  }

  public let job: Job
  public let node: NodeName
  /// The step: `Check`, `BackUp`, `Upgrade`, `RollBack`, `Pull` ...
  public let action: String
  public let outcome: Outcome
  /// The node's words, mostly of a failure.
  public let reason: String
  /// All that the node said.
  public let content: JSONValue

  public init(
    job: Job, node: NodeName, action: String, outcome: Outcome, reason: String = "", content: JSONValue = .null
  ) {
    self.job = job
    self.node = node
    self.action = action
    self.outcome = outcome
    self.reason = reason
    self.content = content
  }

  struct Malformed: Error, Hashable, CustomStringConvertible {
    let description: String
  }

  // MARK: Messages

  /// Whether a message is a report, well-formed or not.
  static func isReport(_ message: EdgeMessage) -> Bool {
    message.operation == .updateNodeActionStatus || message.resource.hasPrefix("task/")
  }

  /// - Parameter node: whose session the message came over; it speaks for itself only.
  init(_ message: EdgeMessage, from node: NodeName) throws(Malformed) {
    let parts = message.resource.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let content = try? JSONValue(parsing: message.content.payload) else {
      throw Malformed(description: "the content is not JSON")
    }
    guard parts.suffix(2) == ["node", node.rawValue] else {
      throw Malformed(description: "\(message.resource) is not about node \(node)")
    }
    switch parts.count {
    case 4 where parts[0] == "task" && !parts[1].isEmpty:
      try self.init(task: content, .task(type: message.operation.rawValue, id: parts[1]), node)
    case 6 where message.operation == .updateNodeActionStatus && !parts[2].isEmpty && !parts[3].isEmpty:
      guard let action = content["action"]?.stringValue, let hasSucceeded = content["succ"]?.boolValue else {
        throw Malformed(description: "a report says which action it is about and whether that has succeeded")
      }
      self.init(
        job: .job(type: parts[2], name: parts[3]), node: node, action: action,
        outcome: hasSucceeded ? .succeeded : .failed, reason: content["reason"]?.stringValue ?? "", content: content)
    default: throw Malformed(description: "\(message.resource) is no job")
    }
  }

  // MARK: Documents of v1alpha1

  /// A `NodeTaskResponse`.
  init(task content: JSONValue, _ job: Job, _ node: NodeName) throws(Malformed) {
    guard let event = content["Event"]?.stringValue, let word = content["Action"]?.stringValue else {
      throw Malformed(description: "a report names its Event and its Action")
    }
    let outcome: Outcome =
      switch word {
      case "Success": .succeeded
      case "Failure": .failed
      default: .other(word)
      }
    self.init(
      job: job, node: node, action: event, outcome: outcome, reason: content["Reason"]?.stringValue ?? "",
      content: content)
  }

  /// A `NodeUpgradeJobResponse`, which tells only how all of it ended.
  init(upgrade content: JSONValue, from node: NodeName) throws(Malformed) {
    guard let id = content["UpgradeID"]?.stringValue, !id.isEmpty, let status = content["Status"]?.stringValue else {
      throw Malformed(description: "a report names its UpgradeID and its Status")
    }
    let (action, outcome): (String, Outcome) =
      switch status {
      case "upgrade_success": ("Upgrade", .succeeded)
      case "upgrade_failed_rollback_success": ("Rollback", .succeeded)
      case "upgrade_failed_rollback_failed": ("Rollback", .failed)
      default: ("Upgrade", .other(status))
      }
    self.init(
      job: .task(type: "upgrade", id: id), node: node, action: action, outcome: outcome,
      reason: content["Reason"]?.stringValue ?? "", content: content)
  }
}

/// Takes the reports of nodes about their jobs. It is called for one report of a node after the other; a report may be
/// repeated.
public typealias NodeJobHandler = @Sendable (NodeJobReport) async -> Void
#endif
