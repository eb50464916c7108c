/// The alphabet of RFC 1951, chapter 3.2.5: what lengths and distances the symbols stand for.
enum DeflateSymbols {
  static let endOfBlock = 256
  static let firstLength = 257
  static let literalAndLengthCount = 286
  static let distanceCount = 30
  static let minimumMatch = 3
  static let maximumMatch = 258
  static let window = 32_768

  static let lengthBase: [UInt16] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  static let lengthExtraBits: [UInt8] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  static let distanceBase: [UInt16] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
  ]
  static let distanceExtraBits: [UInt8] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
  ]
  /// The order in which the lengths of the codes for code lengths are sent.
  static let codeLengthOrder: [Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// From a match's length less three to its symbol less 257.
  static let symbolOfLength: [UInt8] = (minimumMatch...maximumMatch).map { length in
    length == maximumMatch ? 28 : UInt8((lengthBase.dropLast().lastIndex { Int($0) <= length }) ?? 0)
  }

  @inline(__always)
  static func symbol(ofDistance distance: Int) -> Int {
    if distance <= 4 { return distance - 1 }
    // Two symbols for each doubling: the bit below the highest one chooses.
    let bits = Int.bitWidth - 1 - (distance - 1).leadingZeroBitCount
    return 2 * bits + ((distance - 1) >> (bits - 1) & 1)
  }

  static let fixedLiteralLengths: [UInt8] = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
  static let fixedDistanceLengths = [UInt8](repeating: 5, count: 30)
}
