import EdgeJSON
import EdgeTransport

/// What a cloud says to a report.
///
/// A CloudCore answers writes of edged with `{"Object": ..., "Err": ...}` and others with `"OK"`; in place of either it puts
/// what went wrong: an API error as `{"ErrStatus": {...}}`, any other error of Go as `{}` or whatever members that error has,
/// and where it cannot read the report a text.
enum ReportAnswer: Hashable, Sendable {
  case taken
  /// By the API server, with this code of HTTP.
  case refused(code: Int64, reason: String)
  /// The cloud could not do it, for whatever reason; it may later.
  case failed(String)

  init(_ answer: EdgeMessage) {
    let content = try? JSONValue(parsing: answer.content.bytes)
    if answer.operation == .error {
      self = .failed(content?.stringValue ?? "")
      return
    }
    switch content {
    case .string("OK"): self = .taken
    case .string(let text): self = .failed(text)
    case .object(let members):
      if let error = members["Err"] {
        self = error == .null ? .taken : Self.problem(error)
      } else if members.isEmpty || members["ErrStatus"] != nil {
        self = Self.problem(.object(members))
      } else {
        self = .taken
      }
    default: self = .taken
    }
  }

  private static func problem(_ error: JSONValue) -> ReportAnswer {
    guard let status = error["ErrStatus"], let code = status["code"]?.integerValue else { return .failed(error.text) }
    return .refused(code: code, reason: status["message"]?.stringValue ?? "\(code)")
  }
}
