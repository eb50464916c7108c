import EdgeAPIModels
import EdgeJSON

extension APIError {
  /// The metav1.Status that tells a client of this refusal. The ``cause`` stays on the server.
  public func status() -> JSONValue {
    var status: JSONObject = [
      "kind": "Status", "apiVersion": "v1", "metadata": .object([:]), "status": "Failure",
      "message": .string(message), "reason": .string(code.reason),
    ]
    if let details {
      var told = JSONObject()
      if let name = details.name { told["name"] = .string(name) }
      if let group = details.group { told["group"] = .string(group) }
      if let kind = details.kind { told["kind"] = .string(kind) }
      if !details.causes.isEmpty { told["causes"] = .array(details.causes.map(Self.cause)) }
      status["details"] = .object(told)
    }
    status["code"] = .integer(Int64(code.httpStatus))
    return .object(status)
  }

  /// metav1.StatusCause: the message without the field, which has a member of its own.
  private static func cause(_ error: FieldError) -> JSONValue {
    ["reason": .string(error.kind.rawValue), "message": .string(error.body), "field": .string(error.path)]
  }
}
