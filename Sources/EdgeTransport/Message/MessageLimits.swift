/// What a decoder accepts from a peer. KubeEdge sets no limit at all; one hostile edge can then exhaust the hub.
public struct MessageLimits: Hashable, Sendable {
  /// The longest message, in bytes; 12 MiB holds any object that an API server stores (1.5 MiB) with room for lists.
  public var maximumBytes: Int
  /// The deepest nesting of objects and arrays inside the content.
  public var maximumDepth: Int

  public init(maximumBytes: Int = 12 << 20, maximumDepth: Int = 512) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }

  public static let `default` = MessageLimits()
}
