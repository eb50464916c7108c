import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization

/// What is known of the node's Lease in the cloud. A CloudCore passes writes on to an API server that wants to be told
/// which version of the Lease they replace, so each renewal is built on the last answer.
///
/// ```
///   unknown ──insert──▶ current ──update──▶ current
///      ▲    ╲exists               │conflict
///      │     ▼                    ▼
///      │    there ◀───────────────┘
///      │      │query ──▶ current
///      └──not found── (there, current)
/// ```
enum LeaseKnowledge: Sendable {
  case unknown
  /// It exists, in a version that is not known.
  case there
  case current(UnstructuredObject)
}

extension UpstreamReporter {
  /// Renews the node's lease.
  public func report(lease: UnstructuredObject, of node: NodeName) {
    let resource = "kube-node-lease/lease/\(node)"
    switch knownLease.withLock({ $0 }) {
    case .unknown:
      report(
        "lease", source: "edged", group: "meta", operation: .insert, resource: resource,
        content: MessageContent(json: lease.serialized()), deliveryClass: .control)
    case .there:
      report(
        "lease", source: "edged", group: "meta", operation: .query, resource: resource, content: .null,
        deliveryClass: .control)
    case .current(var current):
      current["spec"] = lease["spec"]
      report(
        "lease", source: "edged", group: "meta", operation: .update, resource: resource,
        content: MessageContent(json: current.serialized()), deliveryClass: .control)
    }
  }

  /// Takes in what the cloud says of the lease.
  /// - Returns: whether the node must renew at once, because the answer told how.
  func leaseAnswered(_ content: JSONValue?, to operation: MessageOperation) -> Bool {
    switch content?["Err"]?["ErrStatus"]?["code"]?.integerValue {
    case 409:
      knownLease.withLock { $0 = .there }
      return true
    case 404:
      knownLease.withLock { $0 = .unknown }
      // Not after an insert: what it misses is not the lease.
      return operation != .insert
    default: break
    }
    // Beside an error Go puts an empty object, and its typed client leaves out what it is.
    guard content?["Err"] ?? .null == .null, let told = content?["Object"],
      let type = ResourceCatalog.standard.type(for: .leases),
      let object = try? UnstructuredObject(carried: told, as: type), object.metadata.name != nil
    else { return false }
    knownLease.withLock { $0 = .current(object) }
    if operation != .query { leaseKept() }
    return operation == .query
  }
}
