/// What a request path of the Kubernetes API names: `/api/v1/namespaces/default/pods/web-0/status` and the like.
///
/// Pure and total: every path is some route. Source: `RequestInfoFactory.NewRequestInfo` of k8s.io/apiserver.
enum RequestRoute: Hashable, Sendable {
  case health
  case version
  /// `/api`: the versions of the core group.
  case coreVersions
  /// `/apis`: the other groups.
  case groups
  /// `/apis/<group>`.
  case group(String)
  /// `/api/v1`, `/apis/<group>/<version>`: the resources of one version.
  case resources(group: String, version: String)
  case collection(ResourcePath)
  case object(ResourcePath, name: String, subresource: String?)
  case unknown

  struct ResourcePath: Hashable, Sendable {
    let group: String
    let version: String
    let namespace: String?
    let resource: String
  }

  /// - Parameter segments: the path's parts between slashes, percent-decoded one by one.
  init(segments: [String]) {
    var rest = segments[...]
    while rest.last == "" { rest = rest.dropLast() }
    if rest.contains("") {
      self = .unknown
      return
    }
    switch rest.popFirst() {
    case "healthz", "readyz", "livez": self = rest.isEmpty ? .health : .unknown
    case "version": self = rest.isEmpty ? .version : .unknown
    case "api":
      guard let version = rest.popFirst() else {
        self = .coreVersions
        return
      }
      self = Self.resource(group: "", version: version, rest)
    case "apis":
      guard let group = rest.popFirst() else {
        self = .groups
        return
      }
      guard let version = rest.popFirst() else {
        self = .group(group)
        return
      }
      self = Self.resource(group: group, version: version, rest)
    default: self = .unknown
    }
  }

  private static func resource(group: String, version: String, _ path: ArraySlice<String>) -> RequestRoute {
    var rest = path
    guard let first = rest.popFirst() else { return .resources(group: group, version: version) }
    func at(_ resource: String, namespace: String?) -> ResourcePath {
      ResourcePath(group: group, version: version, namespace: namespace, resource: resource)
    }
    // `namespaces/<ns>/<resource>...` is a scope, unless what follows is a subresource of the namespace itself.
    if first == "namespaces", let namespace = rest.first, let resource = rest.dropFirst().first,
      !(rest.count == 2 && ["status", "finalize"].contains(resource))
    {
      return tail(at(resource, namespace: namespace), rest.dropFirst(2))
    }
    return tail(at(first, namespace: nil), rest)
  }

  private static func tail(_ path: ResourcePath, _ rest: ArraySlice<String>) -> RequestRoute {
    var rest = rest
    guard let name = rest.popFirst() else { return .collection(path) }
    let subresource = rest.popFirst()
    return rest.isEmpty ? .object(path, name: name, subresource: subresource) : .unknown
  }
}
