/// The tokens of one block of RFC 1951 and the three ways to write them.
struct DeflateBlock {
  /// A literal as itself, a match as its length above its distance.
  private var tokens: [UInt32] = []
  private var literalFrequencies = [UInt32](repeating: 0, count: DeflateSymbols.literalAndLengthCount)
  private var distanceFrequencies = [UInt32](repeating: 0, count: DeflateSymbols.distanceCount)
  private var extraBits = 0

  /// Enough for the code to fit the text, and few enough to follow its changes.
  static let maximumTokens = 16_384
  private static let matchFlag: UInt32 = 1 << 31
  private static let fixedLiterals = HuffmanEncoder(lengths: DeflateSymbols.fixedLiteralLengths)
  private static let fixedDistances = HuffmanEncoder(lengths: DeflateSymbols.fixedDistanceLengths)

  var isFull: Bool { tokens.count >= Self.maximumTokens }

  mutating func addLiteral(_ byte: UInt8) {
    tokens.append(UInt32(byte))
    literalFrequencies[Int(byte)] &+= 1
  }

  mutating func addMatch(length: Int, distance: Int) {
    // A length is less than 2^9; a distance less one fits 15 bits.
    tokens.append(Self.matchFlag | UInt32(length) << 16 | UInt32(distance - 1))
    let lengthIndex = Int(DeflateSymbols.symbolOfLength[length - DeflateSymbols.minimumMatch])
    let distanceSymbol = DeflateSymbols.symbol(ofDistance: distance)
    literalFrequencies[DeflateSymbols.firstLength + lengthIndex] &+= 1
    distanceFrequencies[distanceSymbol] &+= 1
    extraBits += Int(DeflateSymbols.lengthExtraBits[lengthIndex])
    extraBits += Int(DeflateSymbols.distanceExtraBits[distanceSymbol])
  }

  /// Writes the block in the shortest of its three forms and empties it.
  /// - Parameter source: the text that the tokens stand for.
  mutating func write(to output: inout BitWriter, source: Span<UInt8>, isLast: Bool) {
    literalFrequencies[DeflateSymbols.endOfBlock] += 1
    let literals = HuffmanEncoder(frequencies: literalFrequencies, maximumLength: 15)
    let distances = HuffmanEncoder(frequencies: distanceFrequencies, maximumLength: 15)
    let header = CodeLengthHeader(literals: literals.lengths, distances: distances.lengths)
    let ownBits = header.bitCount + literals.cost(of: literalFrequencies) + distances.cost(of: distanceFrequencies)
    let fixedBits =
      Self.fixedLiterals.cost(of: literalFrequencies) + Self.fixedDistances.cost(of: distanceFrequencies)
    let storedBits = 8 * source.count + 40 * (1 + source.count / 0xFFFF)
    if storedBits < min(ownBits, fixedBits) + extraBits {
      Self.writeStored(source, to: &output, isLast: isLast)
    } else if fixedBits <= ownBits {
      output.write(isLast ? 1 : 0, count: 1)
      output.write(1, count: 2)
      writeTokens(to: &output, Self.fixedLiterals, Self.fixedDistances)
    } else {
      output.write(isLast ? 1 : 0, count: 1)
      output.write(2, count: 2)
      header.write(to: &output)
      writeTokens(to: &output, literals, distances)
    }
    self = DeflateBlock()
  }

  private func writeTokens(to output: inout BitWriter, _ literals: HuffmanEncoder, _ distances: HuffmanEncoder) {
    for token in tokens {
      if token & Self.matchFlag == 0 {
        output.write(UInt32(literals.codes[Int(token)]), count: Int(literals.lengths[Int(token)]))
        continue
      }
      let length = Int(token >> 16 & 0x1FF)
      let distance = Int(token & 0x7FFF) + 1
      let lengthIndex = Int(DeflateSymbols.symbolOfLength[length - DeflateSymbols.minimumMatch])
      let symbol = DeflateSymbols.firstLength + lengthIndex
      output.write(UInt32(literals.codes[symbol]), count: Int(literals.lengths[symbol]))
      output.write(
        UInt32(length - Int(DeflateSymbols.lengthBase[lengthIndex])),
        count: Int(DeflateSymbols.lengthExtraBits[lengthIndex]))
      let distanceSymbol = DeflateSymbols.symbol(ofDistance: distance)
      output.write(UInt32(distances.codes[distanceSymbol]), count: Int(distances.lengths[distanceSymbol]))
      output.write(
        UInt32(distance - Int(DeflateSymbols.distanceBase[distanceSymbol])),
        count: Int(DeflateSymbols.distanceExtraBits[distanceSymbol]))
    }
    let end = DeflateSymbols.endOfBlock
    output.write(UInt32(literals.codes[end]), count: Int(literals.lengths[end]))
  }

  private static func writeStored(_ source: Span<UInt8>, to output: inout BitWriter, isLast: Bool) {
    var start = 0
    repeat {
      let end = min(source.count, start + 0xFFFF)
      output.write(isLast && end == source.count ? 1 : 0, count: 1)
      output.write(0, count: 2)
      output.alignToByte()
      output.write(UInt32(end - start), count: 16)
      output.write(UInt32(end - start) ^ 0xFFFF, count: 16)
      output.append(source.extracting(start..<end))
      start = end
    } while start < source.count
  }
}
