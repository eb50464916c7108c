#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension KubeClient {
  /// What a list or a watch covers. The default is everything in all namespaces, in the storage version.
  public struct Query: Hashable, Sendable {
    public var namespace: String?
    public var labelSelector: LabelSelector?
    public var fieldSelector: FieldSelector?
    /// The version to read in; nil is the storage version.
    public var version: String?

    public init(
      namespace: String? = nil, labelSelector: LabelSelector? = nil, fieldSelector: FieldSelector? = nil,
      version: String? = nil
    ) {
      self.namespace = namespace
      self.labelSelector = labelSelector
      self.fieldSelector = fieldSelector
      self.version = version
    }
  }

  /// One page of a list.
  public struct Page: Hashable, Sendable {
    public let items: [UnstructuredObject]
    /// Where a watch carries on.
    public let resourceVersion: String
    /// Present when there is another page.
    public let continueToken: String?
  }

  /// - Parameter limit: the longest page; nil asks for all in one.
  /// - Throws: ``KubeClientError/Code/expired`` when the snapshot of a continued list is compacted.
  public func list(
    _ resource: GroupResource, _ query: Query = Query(), limit: Int? = nil, continue continueToken: String? = nil
  ) async throws(KubeClientError) -> Page {
    let type = try resourceType(resource)
    var fields = query.fields
    if let limit { fields.append(("limit", String(limit))) }
    if let continueToken { fields.append(("continue", continueToken)) }
    let body = try await send("GET", target(type, query, fields)).body
    let answer: JSONValue
    do {
      answer = try JSONValue(parsing: body)
    } catch {
      throw KubeClientError(.malformedResponse, "the server's list is not JSON: \(error)", cause: error)
    }
    return try page(answer, type, version: query.version ?? type.gvk.version)
  }

  func target(_ type: ResourceType, _ query: Query, _ fields: [(name: String, value: String)]) -> String {
    let path = path(type, version: query.version ?? type.gvk.version, namespace: query.namespace)
    let encoded = fields.map { "\(PercentEncoding.encoded($0.name))=\(PercentEncoding.encoded($0.value))" }
    return encoded.isEmpty ? path : path + "?" + encoded.joined(separator: "&")
  }

  private func page(_ list: JSONValue, _ type: ResourceType, version: String) throws(KubeClientError) -> Page {
    guard let items = list["items"]?.arrayValue ?? (list["items"]?.isNull == true ? [] : nil) else {
      throw KubeClientError(.malformedResponse, "the server's answer is not a list")
    }
    let kind = GroupVersionKind(group: type.gvk.group, version: version, kind: type.gvk.kind)
    var objects: [UnstructuredObject] = []
    objects.reserveCapacity(items.count)
    for item in items {
      guard var content = item.objectValue else {
        throw KubeClientError(.malformedResponse, "an item of the server's list is not an object")
      }
      // Kubernetes leaves the type out of the items of its built-in lists.
      if !content.contains(key: "apiVersion") { content["apiVersion"] = .string(kind.apiVersion) }
      if !content.contains(key: "kind") { content["kind"] = .string(kind.kind) }
      do {
        objects.append(try UnstructuredObject(content: content))
      } catch {
        throw KubeClientError(.malformedResponse, "an item of the server's list is no object: \(error)", cause: error)
      }
    }
    let token = list["metadata"]?["continue"]?.stringValue
    return Page(
      items: objects, resourceVersion: list["metadata"]?["resourceVersion"]?.stringValue ?? "",
      continueToken: token?.isEmpty == false ? token : nil)
  }
}

extension KubeClient.Query {
  var fields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let labelSelector, !labelSelector.isEmpty { fields.append(("labelSelector", labelSelector.description)) }
    if let fieldSelector, !fieldSelector.isEmpty { fields.append(("fieldSelector", fieldSelector.description)) }
    return fields
  }
}
#endif
