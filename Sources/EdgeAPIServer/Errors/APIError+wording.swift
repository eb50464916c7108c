import EdgeAPIModels

/// The sentences of `k8s.io/apimachinery/pkg/api/errors`; clients and people compare them.
extension APIError {
  private static func details(_ key: ObjectKey) -> Details {
    Details(name: key.name, group: key.resource.group.isEmpty ? nil : key.resource.group, kind: key.resource.resource)
  }

  /// `deployments.apps "web"`.
  private static func quoted(_ key: ObjectKey) -> String { "\(named(key.resource)) \"\(key.name)\"" }

  private static func named(_ resource: GroupResource) -> String {
    resource.group.isEmpty ? resource.resource : "\(resource.resource).\(resource.group)"
  }

  public static func notFound(_ key: ObjectKey) -> APIError {
    APIError(.notFound, "\(quoted(key)) not found", details: details(key))
  }

  public static func alreadyExists(_ key: ObjectKey) -> APIError {
    APIError(.alreadyExists, "\(quoted(key)) already exists", details: details(key))
  }

  public static func conflict(
    _ key: ObjectKey,
    _ reason: String =
      "the object has been modified; please apply your changes to the latest version and try again"
  ) -> APIError {
    APIError(.conflict, "Operation cannot be fulfilled on \(quoted(key)): \(reason)", details: details(key))
  }

  public static func forbidden(_ key: ObjectKey, _ reason: String) -> APIError {
    APIError(.forbidden, "\(quoted(key)) is forbidden: \(reason)", details: details(key))
  }

  /// - Parameter errors: at least one; several are told in one message, as Kubernetes' aggregate does.
  public static func invalid(_ kind: GroupVersionKind, name: String, _ errors: [FieldError]) -> APIError {
    let subject = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
    let text = errors.map { "\($0)" }
    let told = text.count == 1 ? text[0] : "[\(text.joined(separator: ", "))]"
    return APIError(
      .invalid, "\(subject) \"\(name)\" is invalid: \(told)",
      details: Details(name: name, group: kind.group.isEmpty ? nil : kind.group, kind: kind.kind, causes: errors))
  }

  public static func unknownKind(apiVersion: String, kind: String) -> APIError {
    APIError(.unknownKind, "no matches for kind \"\(kind)\" in version \"\(apiVersion)\"")
  }

  public static func unknownResource(_ resource: GroupResource) -> APIError {
    APIError(
      .unknownKind, "the server could not find the requested resource: \(named(resource)) is not served here",
      details: Details(group: resource.group, kind: resource.resource))
  }

  public static let pathNotFound = APIError(.unknownKind, "the server could not find the requested resource")
  public static let methodNotAllowed = APIError(
    .methodNotAllowed, "the server does not allow this method on the requested resource")
  public static let unauthorized = APIError(.unauthorized, "Unauthorized")

  public static func tooOld(_ resourceVersion: String) -> APIError {
    APIError(.expired, "too old resource version: \(resourceVersion)")
  }

  public static func tooLargeResourceVersion(_ asked: Int64, current: Int64) -> APIError {
    APIError(.timeout, "Too large resource version: \(asked), current: \(current)")
  }
}
