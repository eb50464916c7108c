/// The name of a node: a DNS-1123 subdomain, at most 253 bytes.
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: String

  /// - Throws: ``InvalidIdentifier`` when `rawValue` is not a DNS-1123 subdomain.
  public init(_ rawValue: String) throws(InvalidIdentifier) {
    if let reason = DNSName.subdomainProblem(rawValue) {
      throw InvalidIdentifier(kind: "node name", value: rawValue, reason: reason)
    }
    self.rawValue = rawValue
  }

  public var description: String { rawValue }

  public static func < (left: NodeName, right: NodeName) -> Bool { left.rawValue < right.rawValue }
}
