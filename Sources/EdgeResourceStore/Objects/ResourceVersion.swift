import EdgeStore

/// Which state of a resource is meant: what Kubernetes calls `resourceVersion`.
///
/// Equal means unchanged. Those of our stores, of etcd and of Kubernetes are decimal numbers of which the greater is the
/// later (``number``); any other text can only be told equal or not.
public struct ResourceVersion: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: String
  /// nil for a version that is no number.
  public let number: Int64?

  public init(rawValue: String) {
    self.rawValue = rawValue
    number = Int64(rawValue).flatMap { $0 < 0 ? nil : $0 }
  }

  public init(_ revision: Revision) {
    rawValue = revision.description
    number = revision.rawValue
  }

  /// Whether this one is known to be earlier than the other.
  public func isBefore(_ other: ResourceVersion) -> Bool {
    guard let number, let otherNumber = other.number else { return false }
    return number < otherNumber
  }

  public var description: String { rawValue }

  /// - Throws: ``ResourceError/Reason/invalid`` for what no store of ours has written.
  var revision: Revision {
    get throws(ResourceError) {
      guard let number else {
        throw ResourceError(
          .invalid, "\"\(rawValue.prefix(40))\" is not a resource version: it must be a decimal number")
      }
      return Revision(rawValue: number)
    }
  }
}
