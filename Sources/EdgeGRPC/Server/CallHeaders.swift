#if Networking
import NIOCore
import NIOHPACK

/// What the headers of a request say to gRPC, and the headers of answers.
struct CallHeaders: Sendable {
  var path = ""
  var isPost = false
  var isGRPC = false
  var timeout: TimeAmount?
  var hasBadTimeout = false
  /// Names a compression other than none.
  var encoding: String?

  init(_ headers: HPACKHeaders) {
    for (name, value, _) in headers {
      switch name {
      case ":path": path = value
      case ":method": isPost = value == "POST"
      case "content-type": isGRPC = value.hasPrefix("application/grpc") && !value.hasPrefix("application/grpc-web")
      case "grpc-timeout":
        timeout = GRPCTimeout.parse(value)
        hasBadTimeout = timeout == nil
      case "grpc-encoding": encoding = value == "identity" ? nil : value
      default: break
      }
    }
  }

  /// The one compression that requests may have. Answers have none: a client takes either.
  static let gzip = "gzip"

  static let response: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]

  static func trailers(_ status: GRPCStatus, afterHeaders: Bool) -> HPACKHeaders {
    var headers = afterHeaders ? HPACKHeaders() : response
    headers.add(name: "grpc-status", value: String(status.code.rawValue))
    if !status.message.isEmpty {
      headers.add(name: "grpc-message", value: PercentEncoding.encode(status.message))
    }
    return headers
  }
}
#endif
