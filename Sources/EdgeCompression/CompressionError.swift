/// Why bytes could not be decompressed. Nothing of them may be used then.
public struct CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: Code
  /// Where in the input, in bytes from its beginning.
  public let offset: Int

  init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  /// An extensible code: match the ones you handle and treat the rest as damage.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The input breaks a rule of RFC 1950 or 1951.
    public static let malformed = Code(rawValue: "malformed")
    /// The input ends before the stream does.
    public static let truncated = Code(rawValue: "truncated")
    /// The stream has ended, and there is more input.
    public static let trailingBytes = Code(rawValue: "trailingBytes")
    /// The stream wants a dictionary that is not the one at hand, or wants none where one is agreed.
    public static let wrongDictionary = Code(rawValue: "wrongDictionary")
    /// The checksum is not that of what came out.
    public static let wrongChecksum = Code(rawValue: "wrongChecksum")
    /// More comes out than the caller allows.
    public static let tooLarge = Code(rawValue: "tooLarge")
  }

  public var description: String { "offset \(offset): \(code.rawValue)" }
}
