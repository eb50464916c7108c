#if Networking
import EdgeGRPC
import EdgeJSON

/// What the gateway answers when a call fails. Gateways of etcd 3.5 that were built with one version of their library have all
/// three members, others no `error`; who reads either finds what it looks for.
enum GatewayError {
  static func body(_ status: GRPCStatus) -> [UInt8] {
    var body: [UInt8] = []
    JSONWriter.append(raw: #"{"error":"#, to: &body)
    JSONWriter.append(string: status.message, to: &body)
    JSONWriter.append(raw: #","code":"#, to: &body)
    JSONWriter.append(integer: Int64(status.code.rawValue), to: &body)
    JSONWriter.append(raw: #","message":"#, to: &body)
    JSONWriter.append(string: status.message, to: &body)
    body.append(UInt8(ascii: "}"))
    return body
  }

  /// A line of a stream that ends so; the names of both versions again.
  static func line(_ status: GRPCStatus) -> [UInt8] {
    let code = Int64(status.code.rawValue)
    let httpStatus = httpStatus(status.code)
    var line: [UInt8] = []
    JSONWriter.append(raw: #"{"error":{"code":"#, to: &line)
    JSONWriter.append(integer: code, to: &line)
    JSONWriter.append(raw: #","grpc_code":"#, to: &line)
    JSONWriter.append(integer: code, to: &line)
    JSONWriter.append(raw: #","http_code":"#, to: &line)
    JSONWriter.append(integer: Int64(httpStatus), to: &line)
    JSONWriter.append(raw: #","message":"#, to: &line)
    JSONWriter.append(string: status.message, to: &line)
    JSONWriter.append(raw: #","http_status":"#, to: &line)
    JSONWriter.append(string: reason(httpStatus), to: &line)
    JSONWriter.append(raw: "}}\n", to: &line)
    return line
  }

  /// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
  static func httpStatus(_ code: GRPCStatus.Code) -> Int {
    switch code {
    case .ok: 200
    case .cancelled: 499
    case .invalidArgument, .failedPrecondition, .outOfRange: 400
    case .deadlineExceeded: 504
    case .notFound: 404
    case .alreadyExists, .aborted: 409
    case .permissionDenied: 403
    case .unauthenticated: 401
    case .resourceExhausted: 429
    case .unimplemented: 501
    case .unavailable: 503
    default: 500
    }
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 409: "Conflict"
    case 429: "Too Many Requests"
    case 499: "Client Closed Request"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Internal Server Error"
    }
  }
}
#endif
