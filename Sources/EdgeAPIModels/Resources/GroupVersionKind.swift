/// The type of an object as its `apiVersion` and `kind` say it; the core group is the empty string.
public struct GroupVersionKind: Hashable, Sendable, CustomStringConvertible {
  public let group: String
  public let version: String
  public let kind: String

  public init(group: String, version: String, kind: String) {
    self.group = group
    self.version = version
    self.kind = kind
  }

  /// - Parameter apiVersion: `v1` or `apps/v1`.
  /// - Returns: nil when a part is missing or `apiVersion` has more than one slash.
  public init?(apiVersion: String, kind: String) {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false)
    guard !kind.isEmpty, let version = parts.last, !version.isEmpty, parts.count <= 2 else { return nil }
    if parts.count == 2, parts[0].isEmpty { return nil }
    self.init(group: parts.count == 2 ? String(parts[0]) : "", version: String(version), kind: kind)
  }

  /// `v1` or `apps/v1`.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  public var description: String { "\(apiVersion), kind \(kind)" }
}
