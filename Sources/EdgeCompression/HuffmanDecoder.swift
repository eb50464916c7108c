/// Reads symbols of a canonical Huffman code: short codes through a table, long ones bit by bit.
struct HuffmanDecoder {
  private static let tableBits = 9

  /// By the next bits of input: the symbol, and in the low four bits the length of its code; 0 where the code is longer.
  private var table: [UInt16]
  /// How many codes have each length, and all symbols in the order of their codes.
  private var counts = [UInt16](repeating: 0, count: 16)
  private var symbols: [UInt16] = []

  /// - Returns: nil when the lengths make no code: too many short ones, or room left over. A single code of one bit may
  ///   leave the other unused, and so may an empty code, as RFC 1951 has it for distances.
  init?(lengths: some Collection<UInt8>) {
    table = [UInt16](repeating: 0, count: 1 << Self.tableBits)
    for length in lengths { counts[Int(length)] += 1 }
    let used = lengths.count - Int(counts[0])
    counts[0] = 0
    var room = 1
    for length in 1...15 {
      room = room << 1 - Int(counts[length])
      if room < 0 { return nil }
    }
    if room > 0 && !(used == 0 || used == 1 && counts[1] == 1) { return nil }

    var offsets = [Int](repeating: 0, count: 17)
    for length in 1...15 { offsets[length + 1] = offsets[length] + Int(counts[length]) }
    symbols = [UInt16](repeating: 0, count: used)
    let encoder = HuffmanEncoder(lengths: Array(lengths))
    for (symbol, length) in lengths.enumerated() where length > 0 {
      symbols[offsets[Int(length)]] = UInt16(symbol)
      offsets[Int(length)] += 1
      if length > Self.tableBits { continue }
      let entry = UInt16(symbol) << 4 | UInt16(length)
      for index in stride(from: Int(encoder.codes[symbol]), to: table.count, by: 1 << Int(length)) {
        table[index] = entry
      }
    }
  }

  /// The next symbol, or nil where the bits are no code. At least 15 bits must be ready.
  @inline(__always)
  func read(_ reader: inout BitReader) -> Int? {
    let entry = table[reader.peek(Self.tableBits)]
    if entry != 0 {
      reader.skip(Int(entry & 15))
      return Int(entry >> 4)
    }
    return readLong(&reader)
  }

  private func readLong(_ reader: inout BitReader) -> Int? {
    var code = 0
    var first = 0
    var index = 0
    let bits = reader.peek(15)
    for length in 1...15 {
      code |= bits >> (length - 1) & 1
      let count = Int(counts[length])
      if code - first < count {
        reader.skip(length)
        return Int(symbols[index + code - first])
      }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return nil
  }
}
