/// A version of an API group, `apps/v1`; the core group is the empty string, `v1`.
public struct GroupVersion: Hashable, Sendable, CustomStringConvertible {
  public let group: String
  public let version: String

  public init(group: String, version: String) {
    self.group = group
    self.version = version
  }

  /// Parses an `apiVersion`. As in Kubernetes, parts may be empty: `""`, `/` and `/v1` are accepted, and so are versions
  /// that nobody serves; ``GroupVersionKind/init(apiVersion:kind:)`` is stricter.
  ///
  /// - Throws: ``GroupVersionError`` for more than one slash.
  public init(parsing text: String) throws(GroupVersionError) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count <= 2 else { throw GroupVersionError(text: text) }
    let names = parts.map { String(decoding: $0, as: UTF8.self) }
    self.init(group: names.count == 2 ? names[0] : "", version: names.last ?? "")
  }

  public var description: String { group.isEmpty ? version : "\(group)/\(version)" }

  public func kind(_ kind: String) -> GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

  public func resource(_ resource: String) -> GroupVersionResource {
    GroupVersionResource(group: group, version: version, resource: resource)
  }
}

/// A text is no `<version>` and no `<group>/<version>`.
public struct GroupVersionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// At most 80 characters of what was given.
  public let text: String

  init(text: String) { self.text = String(text.prefix(80)) }

  /// In the words of Kubernetes.
  public var description: String { "unexpected GroupVersion string: \(text)" }
}
