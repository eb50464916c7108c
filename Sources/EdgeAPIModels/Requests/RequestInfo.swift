/// What a request to the API asks for, read from its method and target alone: the verb of Kubernetes and the object or
/// collection. Source: `k8s.io/apiserver/pkg/endpoints/request`, 1.32.
///
/// ```
/// /api/{version}/...                                  the core group
/// /apis/{group}/{version}/...                         every other group
///   .../{resource}[/{name}[/{subresource}[/...]]]
///   .../namespaces/{namespace}/{resource}[/...]
///   .../watch/...  .../proxy/...                      old forms: the verb stands in the path
/// ```
public struct RequestInfo: Hashable, Sendable {
  /// Whether an object or a collection is meant; else only ``path`` and ``verb`` say something.
  public internal(set) var isResourceRequest = false
  /// Decoded, without the query.
  public internal(set) var path: String
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`, or empty for a method
  /// without a verb; the method in small letters for other requests.
  public internal(set) var verb: String
  /// `api` or `apis`
  public internal(set) var apiPrefix = ""
  public internal(set) var apiGroup = ""
  public internal(set) var apiVersion = ""
  public internal(set) var namespace = ""
  public internal(set) var resource = ""
  public internal(set) var subresource = ""
  /// Also the name that a field selector of a list or watch demands.
  public internal(set) var name = ""
  /// The path from the resource on.
  public internal(set) var parts: [String] = []
  /// As given, for lists, watches and deletions of collections.
  public internal(set) var fieldSelector = ""
  public internal(set) var labelSelector = ""

  /// - Parameters:
  ///   - method: `GET`, in capitals.
  ///   - target: path and query as they stand in the request line, percent-encoded.
  /// - Throws: ``RequestInfoError`` for a path with a broken percent-encoding, and for an old form that ends after its verb.
  public init(method: String, target: String) throws(RequestInfoError) {
    let bytes = Array(target.utf8)
    let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    guard let path = PercentEncoding.decoded(bytes[..<mark], plusIsSpace: false) else {
      throw RequestInfoError(code: .malformedPath, message: "invalid URL escape in \(Self.excerpt(target))")
    }
    self.init(path: path, verb: method.lowercased())
    try readPath(method: method, target: target)
    if isResourceRequest, verb == "get" || verb == "delete", name.isEmpty {
      refineVerb(RequestQuery(bytes[mark...].dropFirst()))
    }
  }

  private init(path: String, verb: String) {
    self.path = path
    self.verb = verb
  }

  private mutating func readPath(method: String, target: String) throws(RequestInfoError) {
    var segments = Self.segments(of: path)[...]
    guard segments.count >= 3, let prefix = segments.first, prefix == "api" || prefix == "apis" else { return }
    apiPrefix = prefix
    segments.removeFirst()
    if prefix == "apis" {
      guard segments.count >= 3 else { return }
      apiGroup = segments.removeFirst()
    }
    isResourceRequest = true
    apiVersion = segments.removeFirst()
    let first = segments.first ?? ""
    if first == "proxy" || first == "watch" {
      guard segments.count >= 2 else {
        throw RequestInfoError(
          code: .missingResource,
          message: "unable to determine kind and namespace from url, \(Self.excerpt(target))")
      }
      verb = segments.removeFirst()
    } else {
      verb = Self.verbs[method] ?? ""
    }
    if segments.first == "namespaces", segments.count > 1 {
      namespace = segments[segments.startIndex + 1]
      // `status` and `finalize` belong to the namespace, everything else is inside it.
      if segments.count > 2, !["status", "finalize"].contains(segments[segments.startIndex + 2]) {
        segments = segments.dropFirst(2)
      }
    }
    parts = Array(segments)
    resource = parts.first ?? ""
    if parts.count >= 2 { name = parts[1] }
    if parts.count >= 3, verb != "proxy" { subresource = parts[2] }
  }

  /// A `get` or `delete` without a name means a collection, and only collections take selectors. (A verb from the path
  /// is neither, so old forms come without.)
  private mutating func refineVerb(_ query: RequestQuery) {
    if verb == "delete" {
      verb = "deletecollection"
    } else {
      verb = query.isWatch ? "watch" : "list"
      if let selector = query.validFieldSelector, let demanded = selector.requiredValue(of: "metadata.name"),
        Self.isPathSegment(demanded)
      {
        name = demanded
      }
    }
    fieldSelector = query["fieldSelector"] ?? ""
    labelSelector = query["labelSelector"] ?? ""
  }

  private static let verbs = [
    "POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete",
  ]

  private static func segments(of path: String) -> [String] {
    let slash = UInt8(ascii: "/")
    let bytes = Array(path.utf8)
    guard let first = bytes.firstIndex(where: { $0 != slash }), let last = bytes.lastIndex(where: { $0 != slash })
    else { return [] }
    return bytes[first...last].split(separator: slash, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a name can be a segment of a path.
  private static func isPathSegment(_ name: String) -> Bool {
    name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
  }

  private static func excerpt(_ target: String) -> String { GoQuoting.quoted(String(target.prefix(200))) }
}

/// Why a target cannot be read.
public struct RequestInfoError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    case malformedPath
    /// `/api/v1/watch` names no resource.
    case missingResource
  }

  public let code: Code
  public let message: String

  public var description: String { message }
}
