#if Networking
/// Whether a service can do its work.
public enum Health: Sendable, Equatable {
  case healthy
  /// - Parameter reason: one line, for whoever has to repair it.
  case unhealthy(reason: String)

  /// The body of etcd's `/health`.
  var document: String {
    switch self {
    case .healthy: #"{"health":"true","reason":""}"#
    case .unhealthy(let reason): #"{"health":"false","reason":"\#(Self.jsonEscaped(reason))"}"#
    }
  }

  private static func jsonEscaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\u{0}"..."\u{1F}": escaped += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
#endif
