/// Decompresses files of RFC 1952 (gzip), each a whole message of one or more members.
///
/// As ``ZlibDecompressor``: time follows the input and the output, memory the output, which the caller bounds.
public struct GzipDecompressor: Sendable {
  public init() {}

  private enum Flag {
    static let headerChecksum: UInt8 = 0x02
    static let extra: UInt8 = 0x04
    static let name: UInt8 = 0x08
    static let comment: UInt8 = 0x10
    static let reserved: UInt8 = 0xE0
  }

  /// - Parameter maximumBytes: the most that may come out of all members.
  /// - Throws: ``CompressionError``.
  public func decompress(_ input: [UInt8], maximumBytes: Int) throws(CompressionError) -> [UInt8] {
    try decompress(input.span, maximumBytes: maximumBytes)
  }

  public func decompress(_ input: Span<UInt8>, maximumBytes: Int) throws(CompressionError) -> [UInt8] {
    var output: [UInt8] = []
    var place = 0
    repeat {
      var inflation = Inflation(
        history: [], input: input, from: try readHeader(input, at: place), maximumBytes: maximumBytes - output.count)
      try inflation.run(input)
      let end = inflation.reader.position
      guard input.count - end >= 8 else { throw CompressionError(.truncated, at: input.count) }
      let member = inflation.takeOutput()
      var checksum = CRC32()
      checksum.update(member.span)
      guard Self.littleEndian(input, at: end) == checksum.value,
        Self.littleEndian(input, at: end + 4) == UInt32(truncatingIfNeeded: member.count)
      else { throw CompressionError(.wrongChecksum, at: end) }
      if output.isEmpty { output = member } else { output += member }
      place = end + 8
    } while place < input.count
    return output
  }

  /// Returns where the blocks begin. What a header says beyond that is passed over.
  private func readHeader(_ input: Span<UInt8>, at start: Int) throws(CompressionError) -> Int {
    guard input.count - start >= 10 else { throw CompressionError(.truncated, at: input.count) }
    let flags = input[start + 3]
    guard input[start] == 0x1F, input[start + 1] == 0x8B, input[start + 2] == 8, flags & Flag.reserved == 0 else {
      throw CompressionError(.malformed, at: start)
    }
    var place = start + 10
    if flags & Flag.extra != 0 {
      guard input.count - place >= 2 else { throw CompressionError(.truncated, at: input.count) }
      place += 2 + (Int(input[place]) | Int(input[place + 1]) << 8)
    }
    for flag in [Flag.name, Flag.comment] where flags & flag != 0 {
      while place < input.count, input[place] != 0 { place += 1 }
      place += 1
    }
    if flags & Flag.headerChecksum != 0 { place += 2 }
    guard place < input.count else { throw CompressionError(.truncated, at: input.count) }
    return place
  }

  private static func littleEndian(_ input: Span<UInt8>, at place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(input[place + $1]) << (8 * UInt32($1)) }
  }
}
