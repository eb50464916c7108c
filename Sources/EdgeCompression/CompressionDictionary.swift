/// Bytes that both ends have before the first message, so that a short one finds its repetitions in them.
public struct CompressionDictionary: Hashable, Sendable {
  /// What is likeliest stands last, where it is cheapest to refer to. At most 32 KiB are used: the last ones.
  public let bytes: [UInt8]
  /// Adler-32 of ``bytes``: the name by which streams of RFC 1950 tell what they were made with, and by which two ends agree.
  public let id: UInt32

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes.count <= DeflateSymbols.window ? bytes : Array(bytes.suffix(DeflateSymbols.window))
    id = Adler32.of(self.bytes)
  }

  public static func == (left: CompressionDictionary, right: CompressionDictionary) -> Bool {
    left.id == right.id && left.bytes == right.bytes
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
