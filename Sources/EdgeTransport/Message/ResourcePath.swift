import EdgePrimitives

/// The typed form of a message's resource: `namespace/type/name`, with `node/<node>/` in front where the hub still
/// needs to know the node.
///
/// Cluster-scoped objects have the namespace "null" on the wire, nil here. A path without a name is a list. Source:
/// KubeEdge `messagelayer.BuildResource`.
public struct ResourcePath: Hashable, Sendable, CustomStringConvertible {
  /// The node that a message inside the cloud is meant for; never present between hub and edge.
  public var node: NodeName?
  /// Nil for cluster-scoped objects.
  public var namespace: String?
  /// KubeEdge's word for the kind, in lower case: `pod`, `configmap`, `nodestatus`, `podpatch` ...
  public var type: String
  /// Nil for a list. It may hold slashes, as names in KubeEdge's membership resources do.
  public var name: String?

  public init(node: NodeName? = nil, namespace: String?, type: String, name: String?) {
    self.node = node
    self.namespace = namespace
    self.type = type
    self.name = name
  }

  /// Reads a resource of the object form; nil for topics and bare words, which are no object paths.
  public init?(_ text: String) {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false)[...]
    if parts.count >= 4, parts[0] == "node", let node = try? NodeName(String(parts[1])) {
      self.node = node
      parts = parts.dropFirst(2)
    } else {
      node = nil
    }
    guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    let first = parts.removeFirst()
    namespace = first == ResourcePath.clusterScope ? nil : String(first)
    type = String(parts.removeFirst())
    name = parts.isEmpty ? nil : parts.joined(separator: "/")
  }

  /// The path without its node, as it goes to the edge.
  public var trimmed: ResourcePath { ResourcePath(namespace: namespace, type: type, name: name) }

  public var description: String {
    var text = node.map { "node/\($0.rawValue)/" } ?? ""
    text += "\(namespace ?? ResourcePath.clusterScope)/\(type)"
    if let name { text += "/\(name)" }
    return text
  }

  private static let clusterScope = "null"
}
