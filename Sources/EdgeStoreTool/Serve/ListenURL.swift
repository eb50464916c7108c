#if Networking && SQLite
import ArgumentParser

/// `http://HOST:PORT` or `https://HOST:PORT`, as etcd's flags have it; an IPv6 host stands in brackets.
struct ListenURL: Hashable, Sendable, CustomStringConvertible {
  var isSecure: Bool
  var host: String
  var port: Int

  init(isSecure: Bool, host: String, port: Int) {
    self.isSecure = isSecure
    self.host = host
    self.port = port
  }

  init(_ text: String) throws {
    let rest: Substring
    if text.hasPrefix("http://") {
      (isSecure, rest) = (false, text.dropFirst(7))
    } else if text.hasPrefix("https://") {
      (isSecure, rest) = (true, text.dropFirst(8))
    } else {
      throw ValidationError("\"\(text)\" does not begin with http:// or https://")
    }
    let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
    guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw ValidationError("\"\(text)\" has no port") }
    var host = String(authority[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty, !host.contains(where: { "/?#[] ".contains($0) }) else {
      throw ValidationError("\"\(text)\" has no host")
    }
    self.host = host
    self.port = port
  }

  /// Several, separated by commas.
  static func list(_ text: String) throws -> [ListenURL] {
    try text.split(separator: ",").map { try ListenURL(String($0)) }
  }

  var description: String {
    "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
#endif
