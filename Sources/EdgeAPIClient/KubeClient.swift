#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import NIOCore
import NIOSSL

/// A client of a Kubernetes API server, ours or another.
///
/// Each call is one exchange and is not repeated: what to try again is for the caller to decide, by
/// ``KubeClientError/isRetryable`` and ``KubeClientError/mayHaveBeenApplied``.
public struct KubeClient: Sendable {
  public let catalog: ResourceCatalog
  /// For every call but a watch, after the connection is made.
  public var timeout: Duration = .seconds(30)
  let http: HTTPClient
  private let authorization: String?

  /// - Parameter catalog: knows the paths of resources.
  /// - Throws: ``KubeClientError/Code/misuse`` when a certificate or key cannot be used.
  public init(
    configuration: ClientConfiguration, group: any EventLoopGroup, catalog: ResourceCatalog = .standard
  ) throws(KubeClientError) {
    self.catalog = catalog
    var tls: NIOSSLContext?
    var authorization: String?
    var identity: KeyAndCertificate?
    switch configuration.credential {
    case .none: break
    case .bearerToken(let token): authorization = "Bearer \(token)"
    case .certificate(let certificate): identity = certificate
    }
    if configuration.usesTLS {
      do {
        tls = try TLSContexts.client(authorityPEM: configuration.authorityPEM ?? "", identity: identity)
      } catch {
        throw KubeClientError(.misuse, error.message, cause: error)
      }
    }
    self.authorization = authorization
    http = HTTPClient(host: configuration.host, port: configuration.port, tls: tls, group: group)
  }

  /// - Parameter version: the version to read in; nil is the storage version.
  public func get(_ key: ObjectKey, version: String? = nil) async throws(KubeClientError) -> UnstructuredObject {
    try await object(send("GET", path(key, version: version)).body)
  }

  @discardableResult
  public func create(_ object: UnstructuredObject) async throws(KubeClientError) -> UnstructuredObject {
    let type = try resourceType(of: object)
    let namespace = type.isNamespaced ? object.metadata.namespace ?? "default" : nil
    let path = path(type, version: object.gvk.version, namespace: namespace)
    return try await self.object(send("POST", path, body: object.serialized()).body)
  }

  @discardableResult
  public func update(
    _ object: UnstructuredObject, subresource: ClientSubresource? = nil
  ) async throws(KubeClientError) -> UnstructuredObject {
    let path = try path(key(of: object), version: object.gvk.version, subresource: subresource)
    return try await self.object(send("PUT", path, body: object.serialized()).body)
  }

  /// Sends an RFC 7386 merge patch, written for `version` (nil is the storage version).
  @discardableResult
  public func patch(
    _ key: ObjectKey, _ patch: JSONValue, subresource: ClientSubresource? = nil, version: String? = nil
  ) async throws(KubeClientError) -> UnstructuredObject {
    let path = try path(key, version: version, subresource: subresource)
    return try await object(
      send("PATCH", path, body: patch.serialized(), contentType: "application/merge-patch+json").body)
  }

  /// Creates the object of a manifest or merges the manifest into it; the server does the merge.
  public func apply(_ manifest: UnstructuredObject) async throws(KubeClientError) -> ClientApplyResult {
    let key = try key(of: manifest)
    var before: UnstructuredObject?
    do {
      before = try await get(key)
    } catch  where error.code == .notFound {
      // The patch below creates it, or names what is unknown.
    }
    let path = try path(key, version: manifest.gvk.version) + "?fieldManager=swift-edge&force=true"
    let response = try await send(
      "PATCH", path, body: manifest.serialized(), contentType: "application/apply-patch+yaml")
    let after = try object(response.body)
    if response.status == 201 { return ClientApplyResult(outcome: .created, object: after) }
    let isUnchanged = before?.metadata.resourceVersion == after.metadata.resourceVersion
    return ClientApplyResult(outcome: isUnchanged ? .unchanged : .configured, object: after)
  }

  /// - Parameters:
  ///   - gracePeriodSeconds: nil leaves it to the object; 0 forces.
  ///   - uid: the deletion is refused with a conflict when the object has another one.
  /// - Returns: the object when it stays for a while (node agent, finalizers); nil when it is gone.
  @discardableResult
  public func delete(
    _ key: ObjectKey, gracePeriodSeconds: Int64? = nil, uid: String? = nil
  ) async throws(KubeClientError) -> UnstructuredObject? {
    var options: JSONObject = ["kind": "DeleteOptions", "apiVersion": "v1"]
    if let gracePeriodSeconds { options["gracePeriodSeconds"] = .integer(gracePeriodSeconds) }
    if let uid { options["preconditions"] = ["uid": .string(uid)] }
    let body = try await send("DELETE", path(key, version: nil), body: JSONValue.object(options).serialized()).body
    let answer = try object(body)
    return answer.kind == "Status" ? nil : answer
  }

  /// True when the server answers its readiness check.
  public func isReady() async -> Bool { (try? await send("GET", "/readyz")) != nil }
}

/// A part of an object that has its own endpoint.
public enum ClientSubresource: String, Hashable, Sendable {
  case status
}

/// What applying a manifest did.
public struct ClientApplyResult: Hashable, Sendable {
  public enum Outcome: String, Hashable, Sendable {
    case created, configured, unchanged
  }

  public let outcome: Outcome
  public let object: UnstructuredObject
}

extension KubeClient {
  func send(
    _ method: String, _ target: String, body: [UInt8] = [], contentType: String = "application/json"
  ) async throws(KubeClientError) -> HTTPClientResponse {
    let response: HTTPClientResponse
    do {
      response = try await http.send(request(method, target, body: body, contentType: contentType), timeout: timeout)
    } catch {
      throw KubeClientError(error)
    }
    guard (200..<300).contains(response.status) else {
      throw KubeClientError(httpStatus: response.status, body: response.body)
    }
    return response
  }

  func request(
    _ method: String, _ target: String, body: [UInt8] = [], contentType: String = "application/json"
  ) -> HTTPClientRequest {
    var headers: HTTPHeaderList = ["Accept": "application/json", "User-Agent": "swift-edge-orchestration"]
    if let authorization { headers.append(name: "Authorization", value: authorization) }
    if !body.isEmpty { headers.append(name: "Content-Type", value: contentType) }
    return HTTPClientRequest(method: method, target: target, headers: headers, body: body)
  }

  func object(_ body: [UInt8]) throws(KubeClientError) -> UnstructuredObject {
    do {
      return try UnstructuredObject(parsing: body)
    } catch {
      throw KubeClientError(.malformedResponse, "the server's answer is not an object: \(error)", cause: error)
    }
  }

  func key(of object: UnstructuredObject) throws(KubeClientError) -> ObjectKey {
    do {
      return try object.key(in: catalog)
    } catch {
      throw KubeClientError(.misuse, "\(error)", cause: error)
    }
  }

  func resourceType(of object: UnstructuredObject) throws(KubeClientError) -> ResourceType {
    guard let type = catalog.type(for: object.gvk) else {
      throw KubeClientError(.misuse, "no matches for kind \"\(object.kind)\" in version \"\(object.apiVersion)\"")
    }
    return type
  }

  func resourceType(_ resource: GroupResource) throws(KubeClientError) -> ResourceType {
    guard let type = catalog.type(for: resource) else { throw KubeClientError(.misuse, "unknown resource \(resource)") }
    return type
  }

  func path(
    _ key: ObjectKey, version: String?, subresource: ClientSubresource? = nil
  ) throws(KubeClientError) -> String {
    let type = try resourceType(key.resource)
    let collection = path(type, version: version ?? type.gvk.version, namespace: key.namespace)
    return collection + "/" + PercentEncoding.encoded(key.name) + (subresource.map { "/\($0.rawValue)" } ?? "")
  }

  func path(_ type: ResourceType, version: String, namespace: String?) -> String {
    var path = type.gvk.group.isEmpty ? "/api/\(version)" : "/apis/\(type.gvk.group)/\(version)"
    if let namespace, type.isNamespaced { path += "/namespaces/\(PercentEncoding.encoded(namespace))" }
    return path + "/\(type.plural)"
  }
}
#endif
