/// Compresses messages, each into a whole stream of RFC 1950 (zlib) that any zlib reads.
///
/// Messages do not refer to one another, so they can be sent again, dropped and reordered, and no session needs a window of
/// its own: one compressor serves all sessions of a thread. What short messages lose by that the dictionary gives back.
public struct ZlibCompressor: Sendable {
  public let dictionary: CompressionDictionary?
  private let effort: CompressionEffort
  private var finder: MatchFinder

  public init(dictionary: CompressionDictionary? = nil, effort: CompressionEffort = .fast) {
    self.dictionary = dictionary
    self.effort = effort
    finder = MatchFinder(dictionary: dictionary?.bytes ?? [], effort: effort)
  }

  public mutating func compress(_ input: [UInt8]) -> [UInt8] { compress(input.span) }

  public mutating func compress(_ input: Span<UInt8>) -> [UInt8] {
    var output = BitWriter(capacity: input.count / 3 + 32)
    // A window of 32 KiB, the second-lowest or the default level, and a check that makes the pair divisible by 31.
    var header: UInt32 = 0x78 << 8 | (effort.isLazy ? 2 : 1) << 6
    if dictionary != nil { header |= 0x20 }
    header += 31 - header % 31
    output.write(header >> 8, count: 8)
    output.write(header & 0xFF, count: 8)
    if let dictionary { output.appendBigEndian(dictionary.id) }
    deflate(input, to: &output)
    output.alignToByte()
    var checksum = Adler32()
    checksum.update(input)
    output.appendBigEndian(checksum.value)
    return output.bytes
  }

  private mutating func deflate(_ input: Span<UInt8>, to output: inout BitWriter) {
    finder.begin(textCount: input.count)
    var block = DeflateBlock()
    var blockStart = 0
    var place = 0
    while place < input.count {
      if block.isFull {
        block.write(to: &output, source: input.extracting(blockStart..<place), isLast: false)
        blockStart = place
      }
      guard var match = finder.longestMatch(input, at: place, longerThan: 0) else {
        block.addLiteral(input[place])
        place += 1
        finder.index(input, before: place)
        continue
      }
      while effort.isLazy, !block.isFull {
        finder.index(input, before: place + 1)
        guard place + 1 < input.count,
          let later = finder.longestMatch(input, at: place + 1, longerThan: match.length)
        else { break }
        block.addLiteral(input[place])
        place += 1
        match = later
      }
      block.addMatch(length: match.length, distance: match.distance)
      place += match.length
      finder.index(input, before: place)
    }
    block.write(to: &output, source: input.extracting(blockStart..<input.count), isLast: true)
  }
}
