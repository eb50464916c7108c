#if Networking
/// Where one member of a cluster answers its clients: `http://host:port` or `https://host:port`.
public struct EtcdEndpoint: Hashable, Sendable, CustomStringConvertible {
  public let host: String
  public let port: Int
  public let usesTLS: Bool

  public init(host: String, port: Int, usesTLS: Bool = false) {
    self.host = host
    self.port = port
    self.usesTLS = usesTLS
  }

  /// Nil when `url` is not of the form above; without a scheme plain text is meant, without a port 2379. An IPv6 address
  /// stands in brackets. A path is not accepted, except for a lone slash.
  public init?(_ url: String) {
    var rest = Substring(url)
    switch rest {
    case _ where rest.hasPrefix("https://"):
      usesTLS = true
      rest = rest.dropFirst("https://".count)
    case _ where rest.hasPrefix("http://"):
      usesTLS = false
      rest = rest.dropFirst("http://".count)
    default: usesTLS = false
    }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var portText: Substring?
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      let after = rest[rest.index(after: end)...]
      if !after.isEmpty {
        guard after.hasPrefix(":") else { return nil }
        portText = after.dropFirst()
      }
    } else {
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2 else { return nil }
      host = String(parts[0])
      portText = parts.count == 2 ? parts[1] : nil
    }
    guard !host.isEmpty, !host.contains(where: { $0 == "/" || $0 == "@" || $0.isWhitespace }) else { return nil }
    if let portText {
      guard let number = UInt16(portText), number > 0 else { return nil }
      port = Int(number)
    } else {
      port = 2379
    }
  }

  public var description: String {
    "\(usesTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
#endif
