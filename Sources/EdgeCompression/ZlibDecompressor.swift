/// Decompresses streams of RFC 1950 (zlib), each a whole message.
///
/// Its time follows the length of the input and the output, its memory the output, which the caller bounds; so a small
/// input that claims to be huge costs no more than is allowed to come out.
public struct ZlibDecompressor: Sendable {
  private let dictionary: CompressionDictionary?

  /// - Parameter dictionary: what the streams were made with. A stream without or with another one is refused.
  public init(dictionary: CompressionDictionary? = nil) { self.dictionary = dictionary }

  /// - Parameter maximumBytes: the most that may come out.
  /// - Throws: ``CompressionError``.
  public func decompress(_ input: [UInt8], maximumBytes: Int) throws(CompressionError) -> [UInt8] {
    try decompress(input.span, maximumBytes: maximumBytes)
  }

  public func decompress(_ input: Span<UInt8>, maximumBytes: Int) throws(CompressionError) -> [UInt8] {
    let start = try readHeader(input)
    var inflation = Inflation(
      history: dictionary?.bytes ?? [], input: input, from: start, maximumBytes: maximumBytes)
    try inflation.run(input)
    let end = inflation.reader.position
    guard input.count - end >= 4 else { throw CompressionError(.truncated, at: input.count) }
    var expected: UInt32 = 0
    for index in end..<(end + 4) { expected = expected << 8 | UInt32(input[index]) }
    let output = inflation.takeOutput()
    var checksum = Adler32()
    checksum.update(output.span)
    if checksum.value != expected { throw CompressionError(.wrongChecksum, at: end) }
    if input.count > end + 4 { throw CompressionError(.trailingBytes, at: end + 4) }
    return output
  }

  /// Returns where the blocks begin.
  private func readHeader(_ input: Span<UInt8>) throws(CompressionError) -> Int {
    guard input.count >= 2 else { throw CompressionError(.truncated, at: input.count) }
    let (method, flags) = (input[0], input[1])
    guard method & 15 == 8, method >> 4 <= 7, (Int(method) << 8 | Int(flags)) % 31 == 0 else {
      throw CompressionError(.malformed, at: 0)
    }
    guard flags & 0x20 != 0 else {
      if dictionary != nil { throw CompressionError(.wrongDictionary, at: 1) }
      return 2
    }
    guard input.count >= 6 else { throw CompressionError(.truncated, at: input.count) }
    var id: UInt32 = 0
    for index in 2..<6 { id = id << 8 | UInt32(input[index]) }
    if id != dictionary?.id { throw CompressionError(.wrongDictionary, at: 2) }
    return 6
  }
}
