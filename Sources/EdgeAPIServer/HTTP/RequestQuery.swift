#if Networking
import EdgeAPIModels
import EdgeHTTP

/// The query parameters of the Kubernetes API; a value that cannot be read is refused, not ignored.
enum RequestQuery {
  static func flag(_ request: HTTPServerRequest, _ name: String) throws(APIError) -> Bool {
    switch request.query(name) {
    case nil, "", "0", "false": return false
    case "1", "true": return true
    case let value?: throw invalid(name, value, "must be true or false")
    }
  }

  static func integer(_ request: HTTPServerRequest, _ name: String) throws(APIError) -> Int64? {
    guard let text = request.query(name), !text.isEmpty else { return nil }
    guard let value = Int64(text), value >= 0 else {
      throw invalid(name, text, "must be a number that is not negative")
    }
    return value
  }

  static func selectors(
    _ request: HTTPServerRequest
  ) throws(APIError) -> (labels: LabelSelector?, fields: FieldSelector?) {
    var labels: LabelSelector?
    var fields: FieldSelector?
    do {
      if let text = request.query("labelSelector"), !text.isEmpty { labels = try LabelSelector(parsing: text) }
      if let text = request.query("fieldSelector"), !text.isEmpty { fields = try FieldSelector(parsing: text) }
    } catch {
      throw APIError(.badRequest, "\(error)", cause: error)
    }
    return (labels, fields)
  }

  static func listVersion(_ request: HTTPServerRequest) throws(APIError) -> ListVersion {
    let version = request.query("resourceVersion") ?? ""
    let isAny = version.isEmpty || version == "0"
    switch request.query("resourceVersionMatch") {
    case nil, "": return isAny ? .mostRecent : .notOlderThan(version)
    case "NotOlderThan":
      if version.isEmpty { throw matchWithoutVersion }
      return isAny ? .mostRecent : .notOlderThan(version)
    case "Exact":
      if isAny { throw matchWithoutVersion }
      return .exact(version)
    case let value?: throw invalid("resourceVersionMatch", value, "must be Exact or NotOlderThan")
    }
  }

  /// What the rows of a table are to carry.
  static func includedObject(_ request: HTTPServerRequest) throws(APIError) -> ResourceTable.IncludedObject {
    guard let text = request.query("includeObject"), !text.isEmpty else { return .metadata }
    guard let included = ResourceTable.IncludedObject(rawValue: text) else {
      throw invalid("includeObject", text, "must be None, Metadata or Object")
    }
    return included
  }

  /// A client that asks for a dry run must not get a real one.
  static func refuseDryRun(_ request: HTTPServerRequest) throws(APIError) {
    if let value = request.query("dryRun"), !value.isEmpty { throw noDryRun }
  }

  static let noDryRun = APIError(.badRequest, "dryRun is not supported here; nothing was done")

  private static let matchWithoutVersion = APIError(
    .badRequest, "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
  )

  private static func invalid(_ name: String, _ value: String, _ rule: String) -> APIError {
    APIError(.badRequest, "\(name): Invalid value: \"\(value.prefix(80))\": \(rule)")
  }
}
#endif
