/// One run of RFC 1951's decoder.
struct Inflation {
  private(set) var reader: BitReader
  /// The dictionary, then what has come out: matches reach back into both alike.
  private var output: [UInt8]
  private let historyCount: Int
  private let maximumCount: Int

  private static let fixedLiterals = HuffmanDecoder(lengths: DeflateSymbols.fixedLiteralLengths)
  // Two of the 32 five-bit codes are never sent; with them the code is complete.
  private static let fixedDistances = HuffmanDecoder(lengths: [UInt8](repeating: 5, count: 32))

  init(history: [UInt8], input: Span<UInt8>, from start: Int, maximumBytes: Int) {
    reader = BitReader(from: start)
    historyCount = history.count
    maximumCount = history.count + max(0, min(maximumBytes, Int.max - history.count))
    output = history
    output.reserveCapacity(min(maximumCount, history.count + 4 * input.count))
  }

  mutating func takeOutput() -> [UInt8] {
    output.removeFirst(historyCount)
    return output
  }

  mutating func run(_ input: Span<UInt8>) throws(CompressionError) {
    var isLast = false
    while !isLast {
      reader.fill(from: input)
      isLast = reader.read(1) == 1
      let kind = reader.read(2)
      try checkEnd(input)
      switch kind {
      case 0: try copyStored(input)
      case 1: try decodeBlock(input, Self.fixedLiterals, Self.fixedDistances)
      case 2:
        let (literals, distances) = try readCodes(input)
        try decodeBlock(input, literals, distances)
      default: throw malformed
      }
    }
    reader.alignToByte()
  }

  private func checkEnd(_ input: Span<UInt8>) throws(CompressionError) {
    if reader.isPastEnd { throw CompressionError(.truncated, at: input.count) }
  }

  private var malformed: CompressionError { CompressionError(.malformed, at: reader.position) }

  private mutating func copyStored(_ input: Span<UInt8>) throws(CompressionError) {
    reader.alignToByte()
    let start = reader.position
    guard input.count - start >= 4 else { throw CompressionError(.truncated, at: input.count) }
    let length = Int(input[start]) | Int(input[start + 1]) << 8
    let complement = Int(input[start + 2]) | Int(input[start + 3]) << 8
    guard length ^ 0xFFFF == complement else { throw malformed }
    guard input.count - start - 4 >= length else { throw CompressionError(.truncated, at: input.count) }
    if output.count + length > maximumCount { throw CompressionError(.tooLarge, at: start) }
    for index in (start + 4)..<(start + 4 + length) { output.append(input[index]) }
    reader.move(to: start + 4 + length)
  }

  private mutating func readCodes(
    _ input: Span<UInt8>
  ) throws(CompressionError) -> (literals: HuffmanDecoder?, distances: HuffmanDecoder?) {
    reader.fill(from: input)
    let literalCount = reader.read(5) + 257
    let distanceCount = reader.read(5) + 1
    let lengthCount = reader.read(4) + 4
    guard literalCount <= DeflateSymbols.literalAndLengthCount, distanceCount <= DeflateSymbols.distanceCount else {
      throw malformed
    }
    var codeLengths = [UInt8](repeating: 0, count: 19)
    for index in 0..<lengthCount {
      reader.fill(from: input)
      codeLengths[DeflateSymbols.codeLengthOrder[index]] = UInt8(reader.read(3))
    }
    try checkEnd(input)
    guard let code = HuffmanDecoder(lengths: codeLengths) else { throw malformed }
    var lengths: [UInt8] = []
    lengths.reserveCapacity(literalCount + distanceCount)
    while lengths.count < literalCount + distanceCount {
      reader.fill(from: input)
      guard let symbol = code.read(&reader) else { throw malformed }
      let (repeated, times): (UInt8, Int)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw malformed }
        (repeated, times) = (last, 3 + reader.read(2))
      case 17: (repeated, times) = (0, 3 + reader.read(3))
      case 18: (repeated, times) = (0, 11 + reader.read(7))
      default: (repeated, times) = (UInt8(symbol), 1)
      }
      try checkEnd(input)
      guard lengths.count + times <= literalCount + distanceCount else { throw malformed }
      for _ in 0..<times { lengths.append(repeated) }
    }
    guard lengths[DeflateSymbols.endOfBlock] != 0, let literals = HuffmanDecoder(lengths: lengths[..<literalCount]),
      let distances = HuffmanDecoder(lengths: lengths[literalCount...])
    else { throw malformed }
    return (literals, distances)
  }

  private mutating func decodeBlock(
    _ input: Span<UInt8>, _ literals: HuffmanDecoder?, _ distances: HuffmanDecoder?
  ) throws(CompressionError) {
    guard let literals, let distances else { throw malformed }
    while true {
      // A length and a distance with their extra bits take at most 48.
      reader.fill(from: input)
      guard let symbol = literals.read(&reader) else { throw malformed }
      if symbol < DeflateSymbols.endOfBlock {
        if output.count >= maximumCount { throw CompressionError(.tooLarge, at: reader.position) }
        output.append(UInt8(truncatingIfNeeded: symbol))
        if reader.isPastEnd { throw CompressionError(.truncated, at: input.count) }
        continue
      }
      if symbol == DeflateSymbols.endOfBlock { return try checkEnd(input) }
      let lengthIndex = symbol - DeflateSymbols.firstLength
      guard lengthIndex < DeflateSymbols.lengthBase.count else { throw malformed }
      let length =
        Int(DeflateSymbols.lengthBase[lengthIndex]) + reader.read(Int(DeflateSymbols.lengthExtraBits[lengthIndex]))
      guard let distanceIndex = distances.read(&reader), distanceIndex < DeflateSymbols.distanceCount else {
        throw malformed
      }
      let distance =
        Int(DeflateSymbols.distanceBase[distanceIndex])
        + reader.read(Int(DeflateSymbols.distanceExtraBits[distanceIndex]))
      try checkEnd(input)
      guard distance <= output.count else { throw malformed }
      if output.count + length > maximumCount { throw CompressionError(.tooLarge, at: reader.position) }
      var source = output.count - distance
      for _ in 0..<length {
        output.append(output[source])
        source &+= 1
      }
    }
  }
}
