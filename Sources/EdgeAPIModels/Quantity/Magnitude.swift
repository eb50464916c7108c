/// A natural number of any size, as little as quantities need: machine-word factors and divisors only, so every
/// operation is one pass over the words.
struct Magnitude: Hashable, Sendable {
  /// Base 2^64, the lowest first, without leading zeros; empty is zero.
  private(set) var words: [UInt64]

  static let zero = Magnitude(words: [])

  private init(words: [UInt64]) { self.words = words }

  init(_ value: UInt64) { words = value == 0 ? [] : [value] }

  /// - Parameter digits: ASCII digits; no digit at all is zero.
  init(digits: some Sequence<UInt8>) {
    self = .zero
    var chunk: UInt64 = 0
    var length = 0
    for digit in digits {
      chunk = chunk * 10 + UInt64(digit & 0x0F)
      length += 1
      if length == 19 {
        multiply(by: PowersOfTen.unsigned(19), adding: chunk)
        (chunk, length) = (0, 0)
      }
    }
    if length > 0 { multiply(by: PowersOfTen.unsigned(length), adding: chunk) }
  }

  var isZero: Bool { words.isEmpty }
  /// The value modulo 2^64.
  var low: UInt64 { words.first ?? 0 }
  /// The value, if it fits.
  var word: UInt64? { words.count > 1 ? nil : low }

  mutating func multiply(by factor: UInt64, adding summand: UInt64 = 0) {
    var carry = summand
    for place in words.indices {
      let (high, low) = words[place].multipliedFullWidth(by: factor)
      let (sum, overflow) = low.addingReportingOverflow(carry)
      words[place] = sum
      // No overflow: the high half of a product is at most 2^64 - 2.
      carry = high + (overflow ? 1 : 0)
    }
    if carry > 0 { words.append(carry) }
    trim()
  }

  mutating func multiplyByPowerOfTen(_ exponent: Int) {
    var rest = exponent
    while rest > 0, !isZero {
      let step = min(rest, 19)
      multiply(by: PowersOfTen.unsigned(step))
      rest -= step
    }
  }

  /// - Returns: the remainder.
  @discardableResult
  mutating func divide(by divisor: UInt64) -> UInt64 {
    var remainder: UInt64 = 0
    for place in words.indices.reversed() {
      (words[place], remainder) = divisor.dividingFullWidth((remainder, words[place]))
    }
    trim()
    return remainder
  }

  /// - Returns: whether nothing was lost.
  @discardableResult
  mutating func divideByPowerOfTen(_ exponent: Int) -> Bool {
    var rest = exponent
    var isExact = true
    while rest > 0, !isZero {
      let step = min(rest, 19)
      if divide(by: PowersOfTen.unsigned(step)) != 0 { isExact = false }
      rest -= step
    }
    return isExact
  }

  /// Divides by `factor` as often as it goes without a remainder, at most `limit` times.
  ///
  /// - Returns: how often.
  mutating func removeFactors(of factor: UInt64, limit: Int = .max) -> Int {
    var times = 0
    while times < limit, !isZero {
      var quotient = self
      guard quotient.divide(by: factor) == 0 else { break }
      self = quotient
      times += 1
    }
    return times
  }

  static func + (left: Magnitude, right: Magnitude) -> Magnitude {
    var sum = left.words.count >= right.words.count ? left.words : right.words
    let other = left.words.count >= right.words.count ? right.words : left.words
    var carry = false
    for place in sum.indices {
      let (first, firstOverflow) = sum[place].addingReportingOverflow(place < other.count ? other[place] : 0)
      let (second, secondOverflow) = first.addingReportingOverflow(carry ? 1 : 0)
      sum[place] = second
      carry = firstOverflow || secondOverflow
    }
    if carry { sum.append(1) }
    return Magnitude(words: sum)
  }

  /// `right` must not be greater than `left`.
  static func - (left: Magnitude, right: Magnitude) -> Magnitude {
    var difference = left
    var borrow = false
    for place in difference.words.indices {
      let subtrahend = place < right.words.count ? right.words[place] : 0
      let (first, firstOverflow) = difference.words[place].subtractingReportingOverflow(subtrahend)
      let (second, secondOverflow) = first.subtractingReportingOverflow(borrow ? 1 : 0)
      difference.words[place] = second
      borrow = firstOverflow || secondOverflow
    }
    difference.trim()
    return difference
  }

  /// ASCII digits.
  var digits: [UInt8] {
    if isZero { return [UInt8(ascii: "0")] }
    var reversed: [UInt8] = []
    var rest = self
    while !rest.isZero {
      var chunk = rest.divide(by: PowersOfTen.unsigned(19))
      for _ in 0..<19 where !(rest.isZero && chunk == 0) {
        reversed.append(0x30 + UInt8(chunk % 10))
        chunk /= 10
      }
    }
    return reversed.reversed()
  }

  /// The nearest double.
  var double: Double {
    guard words.count > 1, let top = words.last else { return Double(low) }
    // The highest 64 bits, the last of them set if any lower one is: rounding them is rounding the whole.
    let shift = top.leadingZeroBitCount
    let next = words[words.count - 2]
    var bits = shift == 0 ? top : top << shift | next >> (64 - shift)
    if next << shift != 0 || words.dropLast(2).contains(where: { $0 != 0 }) { bits |= 1 }
    let exponent = (words.count - 1) * 64 - shift
    return exponent > 1023 ? .infinity : Double(sign: .plus, exponent: exponent, significand: Double(bits))
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }
}

extension Magnitude: Comparable {
  static func < (left: Magnitude, right: Magnitude) -> Bool {
    if left.words.count != right.words.count { return left.words.count < right.words.count }
    for (first, second) in zip(left.words.reversed(), right.words.reversed()) where first != second {
      return first < second
    }
    return false
  }
}
