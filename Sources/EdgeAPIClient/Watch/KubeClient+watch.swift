#if Networking
import EdgeAPIModels
import EdgeHTTP
import EdgeJSON

extension KubeClient {
  /// One step of a watch.
  public struct WatchEvent: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
      case added = "ADDED"
      case modified = "MODIFIED"
      case deleted = "DELETED"
      /// Only the object's resource version counts: the watch has come this far.
      case bookmark = "BOOKMARK"
    }

    public let kind: Kind
    public let object: UnstructuredObject
  }

  /// Watches until the server ends the watch (then it returns: resume from the last resource version), the task is
  /// cancelled, or `onEvent` throws. It is one connection's watch; it does not reconnect.
  /// - Parameters:
  ///   - resourceVersion: events after it; nil first tells the present state as added events.
  ///   - timeout: the server ends the watch after this long; nil leaves it to the server.
  ///   - onEvent: called for each event in order; the server waits while it runs.
  /// - Throws: ``KubeClientError`` with ``KubeClientError/Code/expired`` when the history is compacted (list again), and
  ///   what `onEvent` throws.
  public func watch(
    _ resource: GroupResource, _ query: Query = Query(), from resourceVersion: String? = nil,
    timeout: Duration? = nil, onEvent: (WatchEvent) async throws -> Void
  ) async throws {
    let type = try resourceType(resource)
    var fields = query.fields + [("watch", "true"), ("allowWatchBookmarks", "true")]
    if let resourceVersion { fields.append(("resourceVersion", resourceVersion)) }
    if let timeout { fields.append(("timeoutSeconds", String(max(1, timeout.components.seconds)))) }

    var status = 200
    var lines = LineSplitter()
    do {
      try await http.stream(
        request("GET", target(type, query, fields)), headTimeout: self.timeout,
        onHead: { status = $0.status },
        onChunk: { chunk in
          try lines.append(chunk)
          guard (200..<300).contains(status) else { return }
          while let line = lines.next() { try await onEvent(Self.event(line)) }
        })
    } catch let error as HTTPClientError {
      throw KubeClientError(error)
    }
    guard (200..<300).contains(status) else { throw KubeClientError(httpStatus: status, body: lines.rest()) }
  }

  private static func event(_ line: [UInt8]) throws(KubeClientError) -> WatchEvent {
    let frame: JSONValue
    do {
      frame = try JSONValue(parsing: line)
    } catch {
      throw KubeClientError(.malformedResponse, "a watch event is not JSON: \(error)", cause: error)
    }
    let name = frame["type"]?.stringValue ?? ""
    if name == "ERROR" {
      throw KubeClientError(
        status: frame["object"], httpStatus: Int(clamping: frame["object"]?["code"]?.integerValue ?? 500))
    }
    guard let kind = WatchEvent.Kind(rawValue: name), let content = frame["object"]?.objectValue else {
      throw KubeClientError(.malformedResponse, "a watch event of the unknown type \"\(name.prefix(40))\"")
    }
    do {
      return WatchEvent(kind: kind, object: try UnstructuredObject(content: content))
    } catch {
      throw KubeClientError(.malformedResponse, "a watch event holds no object: \(error)", cause: error)
    }
  }
}
#endif
