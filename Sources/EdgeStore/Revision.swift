/// The store's logical clock: raised by exactly one by every transaction that changes something.
///
/// An empty store stands at 1, so the first write is revision 2, as in etcd.
public struct Revision: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: Int64

  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// No revision: what ``KeyValue/createRevision`` and compares use for "does not exist".
  public static let zero = Revision(rawValue: 0)
  /// Where an empty store stands.
  public static let initial = Revision(rawValue: 1)

  /// The one after it. The largest is its own next: no store gets there, but a client may ask for it.
  public var next: Revision { rawValue == .max ? self : Revision(rawValue: rawValue + 1) }

  public static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }

  public var description: String { String(rawValue) }
}
