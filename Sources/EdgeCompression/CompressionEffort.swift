/// How hard to look for repetitions.
public struct CompressionEffort: Hashable, Sendable {
  /// Places looked at for each match.
  var maximumTries: Int
  /// A match of this length is taken without looking further.
  var goodLength: Int
  /// Whether to see first if the next place has a longer match.
  var isLazy: Bool

  /// For the message path: most of the gain at a fraction of the time.
  public static let fast = CompressionEffort(maximumTries: 8, goodLength: 32, isLazy: false)
  /// For slow or metered links.
  public static let thorough = CompressionEffort(maximumTries: 128, goodLength: 258, isLazy: true)
}
