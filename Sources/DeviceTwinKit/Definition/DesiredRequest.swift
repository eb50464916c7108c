import EdgePrimitives

/// A desired value as a Device object carries it.
///
/// Two equal requests are one request: re-applying an unchanged manifest does not write to the device again. Somebody
/// who wants exactly that changes the metadata, for instance its `timestamp`.
public struct DesiredRequest: Hashable, Sendable {
  public let text: String
  public let metadata: [String: String]

  public init(text: String, metadata: [String: String] = [:]) {
    self.text = text
    self.metadata = metadata
  }

  /// Metadata key of a ``HybridTimestamp`` in its text form, for authors that keep a hybrid clock.
  public static let stampKey = "version"
  /// Metadata key of an RFC 3339 time from which on the request is void.
  public static let expiryKey = "expiresAt"

  /// The author's causal time; nil when the author keeps none.
  public var stamp: HybridTimestamp? { metadata[Self.stampKey].flatMap(HybridTimestamp.init) }
  public var expiresAt: Timestamp? { metadata[Self.expiryKey].flatMap(Timestamp.init(rfc3339:)) }
}
