/// What a parser accepts from a peer it does not trust.
public struct JSONLimits: Hashable, Sendable {
  /// What happens when one object says a key twice.
  public enum DuplicateKeys: Hashable, Sendable {
    /// An error, as in Kubernetes' strict decoding: two readers could disagree about what such a text says.
    case refused
    /// The last value counts, as in Go's and most other decoders.
    case lastWins
  }

  /// Reading, comparing and writing recurse, so the bound that a thread's stack surely holds is no matter of
  /// configuration. Measured for this depth: under 3 MiB of stack in a debug build, under 768 KiB in a release build.
  public static let greatestDepth = 1_000

  /// Nested arrays and objects; the outermost counts as 1.
  public var maximumDepth: Int { didSet { maximumDepth = min(maximumDepth, Self.greatestDepth) } }
  public var maximumBytes: Int
  public var duplicateKeys: DuplicateKeys

  /// - Parameter maximumDepth: values above ``greatestDepth`` are lowered to it.
  public init(
    maximumDepth: Int = 512, maximumBytes: Int = 32 << 20, duplicateKeys: DuplicateKeys = .refused
  ) {
    self.maximumDepth = min(maximumDepth, Self.greatestDepth)
    self.maximumBytes = maximumBytes
    self.duplicateKeys = duplicateKeys
  }

  /// 512 levels, 32 MiB, duplicate keys refused.
  public static let `default` = JSONLimits()
}
