import EdgeAPIModels
import EdgeJSON

/// What is special about the objects of one resource; Kubernetes calls the same thing a registry strategy.
struct ResourceStrategy: Sendable {
  /// `status` is written only through the status subresource and all else only through the main one.
  let hasStatusSubresource: Bool
  /// A status sent on create is dropped. Nodes keep theirs: they register themselves complete.
  let clearsStatusOnCreate: Bool
  /// Deletion of a bound object waits for its node agent.
  let deletesGracefully: Bool
  private let dropsNullMembers: Bool

  init(_ type: ResourceType) {
    let isNode = type.groupResource == GroupResource(group: "", resource: "nodes")
    hasStatusSubresource = type.hasStatusSubresource
    clearsStatusOnCreate = type.hasStatusSubresource && !isNode
    dropsNullMembers = !type.isCustom
    deletesGracefully = type.groupResource == GroupResource(group: "", resource: "pods")
  }

  /// For the kinds that are Go types in Kubernetes a null member is an absent one; custom resources keep theirs.
  func prepareForWrite(_ object: inout UnstructuredObject) {
    if dropsNullMembers { object.content = object.content.withoutNullMembers }
  }

  func prepareForCreate(_ object: inout UnstructuredObject) {
    guard clearsStatusOnCreate else { return }
    switch (object.gvk.group, object.kind) {
    case ("", "Pod"): object.content["status"] = ["phase": "Pending"]
    case ("", "Namespace"): object.content["status"] = ["phase": "Active"]
    default: object.content["status"] = nil
    }
  }
}
