#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON
import EdgePrimitives

/// What nodes may ask of the API through their EdgeCore's MetaServer, the Kubernetes API on a node's loopback.
///
/// CloudCore asks on with its own rights, unless authorization was turned on. Here the node's name stands for little: whoever
/// can reach that loopback is every container with the host's network.
public enum MetaServerAccess: Hashable, Sendable {
  /// Nothing; its clients see what the node holds.
  case none
  /// Everything may be read and watched but Secrets, of which the node has those of its own pods.
  case reads
  /// Everything, as at a CloudCore without authorization.
  case unrestricted
}

/// A request of a client of the MetaServer, as EdgeCore carries it: KubeEdge's `Application`.
struct MetaServerRequest: Sendable {
  let id: String
  let verb: String
  /// `/<group or core>/<version>/<plural>/<namespace or null>/<name or null>`, or the path of a request that is about no
  /// objects.
  let key: String
  /// What the client asked for in a query.
  let options: JSONValue
  let body: [UInt8]
  let subresource: String

  init?(_ content: JSONValue) {
    guard let verb = content["Verb"]?.stringValue, let key = content["Key"]?.stringValue else { return nil }
    func decoded(_ name: String) -> [UInt8] { content[name]?.stringValue.flatMap { Base64.decode($0) } ?? [] }
    id = content["ID"]?.stringValue ?? ""
    self.verb = verb
    self.key = key
    options = (try? JSONValue(parsing: decoded("Option"))) ?? [:]
    body = decoded("ReqBody")
    subresource = content["Subresource"]?.stringValue ?? ""
  }

  private static let plainPaths: Set<String> = ["/version", "/healthz", "/livez", "/readyz"]

  /// The resource that the request is about; nil for a request about none.
  var target: (group: String, version: String, plural: String, namespace: String?, name: String?)? {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    guard parts.count == 5, !parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
    func given(_ text: String) -> String? { text == "null" || text.isEmpty ? nil : text }
    return (parts[0] == "core" ? "" : parts[0], parts[1], parts[2], given(parts[3]), given(parts[4]))
  }

  func selectors() throws(APISelectorError) -> (labels: LabelSelector?, fields: FieldSelector?) {
    var labels: LabelSelector?
    var fields: FieldSelector?
    do {
      if let text = options["labelSelector"]?.stringValue, !text.isEmpty { labels = try LabelSelector(parsing: text) }
      if let text = options["fieldSelector"]?.stringValue, !text.isEmpty { fields = try FieldSelector(parsing: text) }
    } catch {
      throw APISelectorError(description: "\(error)")
    }
    return (labels, fields)
  }

  struct APISelectorError: Error, CustomStringConvertible {
    let description: String
  }

  /// The same request as the API's own clients make it; nil when there is none such.
  var httpRequest: HTTPServerRequest? {
    if Self.plainPaths.contains(key) {
      return verb == "get" ? HTTPServerRequest(method: "GET", target: key) : nil
    }
    guard let target else { return nil }
    var segments = target.group.isEmpty ? ["api", target.version] : ["apis", target.group, target.version]
    if let namespace = target.namespace { segments += ["namespaces", namespace] }
    segments.append(target.plural)
    var name = target.name
    var method = "GET"
    var query: [(name: String, value: String)] = []
    var headers: HTTPHeaderList = ["accept": "application/json", "content-type": "application/json"]
    var body = body
    var subresources = subresource.isEmpty ? [] : [subresource]
    switch verb {
    case "get": break
    case "list":
      name = nil
      for option in ["labelSelector", "fieldSelector", "continue", "resourceVersion", "resourceVersionMatch"] {
        if let text = options[option]?.stringValue, !text.isEmpty { query.append((option, text)) }
      }
      if let limit = options["limit"]?.integerValue { query.append(("limit", String(limit))) }
    case "create":
      method = "POST"
      name = nil
    case "update": method = "PUT"
    case "updatestatus":
      method = "PUT"
      subresources = ["status"]
    case "delete":
      method = "DELETE"
      body = options.objectValue?.isEmpty == false ? options.serialized() : []
    case "patch":
      method = "PATCH"
      name = options["Name"]?.stringValue ?? name
      headers = [
        "accept": "application/json", "content-type": options["PatchType"]?.stringValue ?? "",
      ]
      body = options["Data"]?.stringValue.flatMap { Base64.decode($0) } ?? []
      subresources = options["Subresources"]?.arrayValue?.compactMap(\.stringValue) ?? []
    default: return nil
    }
    if verb != "list", verb != "create", name == nil { return nil }
    segments += (name.map { [$0] } ?? []) + subresources
    // Names are the node's word: none of them may bring a further part of a path, or a query, along.
    guard segments.allSatisfy(Self.isPlain) else { return nil }
    var request = HTTPServerRequest(
      method: method, target: "/" + segments.joined(separator: "/"), headers: headers, body: body)
    request.query = query
    return request
  }

  private static func isPlain(_ segment: String) -> Bool {
    !segment.isEmpty && segment != "." && segment != ".."
      && segment.utf8.allSatisfy { byte in
        byte > 0x20 && byte < 0x7F && !"/?#%\\".utf8.contains(byte)
      }
  }
}
#endif
