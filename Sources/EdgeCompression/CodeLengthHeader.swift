/// How the lengths of a block's two codes are sent (RFC 1951, chapter 3.2.7): run-length coded, under a code of their own.
struct CodeLengthHeader {
  private let literalCount: Int
  private let distanceCount: Int
  private var symbols: [(symbol: UInt8, extra: UInt32)] = []
  private let code: HuffmanEncoder
  private let sentCount: Int
  let bitCount: Int

  init(literals: [UInt8], distances: [UInt8]) {
    literalCount = max(257, (literals.lastIndex { $0 > 0 } ?? 0) + 1)
    // At least one length is sent; one of zero says that there are no distances.
    distanceCount = max(1, (distances.lastIndex { $0 > 0 } ?? 0) + 1)
    let lengths = literals[..<literalCount] + distances[..<distanceCount]
    symbols = Self.runs(of: Array(lengths))
    var frequencies = [UInt32](repeating: 0, count: 19)
    for (symbol, _) in symbols { frequencies[Int(symbol)] += 1 }
    // A decoder may refuse a code that leaves room, so there are always two symbols.
    if frequencies.count(where: { $0 > 0 }) == 1 { frequencies[frequencies[0] > 0 ? 1 : 0] = 1 }
    let code = HuffmanEncoder(frequencies: frequencies, maximumLength: 7)
    let lastSent = DeflateSymbols.codeLengthOrder.lastIndex { code.lengths[$0] > 0 } ?? 3
    self.code = code
    sentCount = max(4, lastSent + 1)
    bitCount =
      14 + 3 * sentCount
      + symbols.reduce(0) { $0 + Int(code.lengths[Int($1.symbol)]) + Self.extraBitCount(of: $1.symbol) }
  }

  private static func extraBitCount(of symbol: UInt8) -> Int {
    switch symbol {
    case 16: 2
    case 17: 3
    case 18: 7
    default: 0
    }
  }

  private static func runs(of lengths: [UInt8]) -> [(symbol: UInt8, extra: UInt32)] {
    var symbols: [(symbol: UInt8, extra: UInt32)] = []
    var start = 0
    while start < lengths.count {
      let length = lengths[start]
      var end = start + 1
      while end < lengths.count, lengths[end] == length { end += 1 }
      var count = end - start
      start = end
      if length != 0 {
        symbols.append((length, 0))
        count -= 1
      }
      while count >= 3 {
        let part = min(count, length != 0 ? 6 : 138)
        if length != 0 {
          symbols.append((16, UInt32(part - 3)))
        } else {
          symbols.append(part <= 10 ? (17, UInt32(part - 3)) : (18, UInt32(part - 11)))
        }
        count -= part
      }
      for _ in 0..<count { symbols.append((length, 0)) }
    }
    return symbols
  }

  func write(to output: inout BitWriter) {
    output.write(UInt32(literalCount - 257), count: 5)
    output.write(UInt32(distanceCount - 1), count: 5)
    output.write(UInt32(sentCount - 4), count: 4)
    for symbol in DeflateSymbols.codeLengthOrder[..<sentCount] { output.write(UInt32(code.lengths[symbol]), count: 3) }
    for (symbol, extra) in symbols {
      output.write(UInt32(code.codes[Int(symbol)]), count: Int(code.lengths[Int(symbol)]))
      output.write(extra, count: Self.extraBitCount(of: symbol))
    }
  }
}
