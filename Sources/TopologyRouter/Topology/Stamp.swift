import Synchronization

/// Identifies one state of something. Stamps are unique in the process, so copies of a value that went different ways
/// never share a stamp for different facts, and caches that copies share stay right.
struct Stamp: Hashable, Sendable {
  private let value: UInt64
  private static let last = Atomic<UInt64>(0)

  /// The stamp of everything that was never heard of.
  static let unknown = Stamp(value: 0)

  static func next() -> Stamp { Stamp(value: last.wrappingAdd(1, ordering: .relaxed).newValue) }
}
