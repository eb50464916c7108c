import EdgeJSON

/// Names the object that another one depends on; when the owner goes, its dependents go.
public struct OwnerReference: Sendable, Hashable {
  public var apiVersion: String
  public var kind: String
  public var name: String
  public var uid: String
  /// Whether the owner is the one that manages the dependent; at most one owner is.
  public var controller: Bool
  public var blockOwnerDeletion: Bool

  public init(
    apiVersion: String, kind: String, name: String, uid: String, controller: Bool = true,
    blockOwnerDeletion: Bool = false
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
    self.controller = controller
    self.blockOwnerDeletion = blockOwnerDeletion
  }

  /// A reference to `owner`, which must have been stored: only then it has a uid.
  public init?(to owner: UnstructuredObject, controller: Bool = true) {
    guard let name = owner.metadata.name, let uid = owner.metadata.uid else { return nil }
    self.init(apiVersion: owner.apiVersion, kind: owner.kind, name: name, uid: uid, controller: controller)
  }

  public init?(json: JSONValue) {
    guard let apiVersion = json["apiVersion"]?.stringValue, let kind = json["kind"]?.stringValue,
      let name = json["name"]?.stringValue, let uid = json["uid"]?.stringValue
    else { return nil }
    self.init(
      apiVersion: apiVersion, kind: kind, name: name, uid: uid, controller: json["controller"]?.boolValue ?? false,
      blockOwnerDeletion: json["blockOwnerDeletion"]?.boolValue ?? false)
  }

  /// Flags that are false are left out, as Go's `omitempty` does.
  public var json: JSONValue {
    var object: JSONObject = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
    ]
    if controller { object["controller"] = true }
    if blockOwnerDeletion { object["blockOwnerDeletion"] = true }
    return .object(object)
  }
}
