/// A Huffman code in the canonical form of RFC 1951, chapter 3.2.2.
struct HuffmanEncoder {
  /// Bits for each symbol; 0: the symbol does not occur.
  private(set) var lengths: [UInt8]
  /// The codes, their bits already in the order in which they are written.
  private(set) var codes: [UInt16]

  init(lengths: [UInt8]) {
    self.lengths = lengths
    codes = Self.canonicalCodes(lengths)
  }

  /// The best code for symbols that occur so often, among those no longer than `maximumLength`, or very near to it.
  init(frequencies: [UInt32], maximumLength: Int) {
    self.init(lengths: Self.lengths(for: frequencies, maximumLength: maximumLength))
  }

  /// Bits that the symbols take without what follows them.
  func cost(of frequencies: [UInt32]) -> Int {
    var bits = 0
    for symbol in frequencies.indices { bits += Int(frequencies[symbol]) * Int(lengths[symbol]) }
    return bits
  }

  private static func canonicalCodes(_ lengths: [UInt8]) -> [UInt16] {
    var counts = [UInt16](repeating: 0, count: 16)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    var next = [UInt16](repeating: 0, count: 16)
    for length in 1..<15 { next[length + 1] = (next[length] + counts[length]) << 1 }
    return lengths.map { length in
      if length == 0 { return 0 }
      let code = next[Int(length)]
      next[Int(length)] &+= 1
      return code.bitsReversed >> (16 - UInt16(length))
    }
  }

  private static func lengths(for frequencies: [UInt32], maximumLength: Int) -> [UInt8] {
    var lengths = [UInt8](repeating: 0, count: frequencies.count)
    let symbols = frequencies.indices.filter { frequencies[$0] > 0 }.sorted {
      (frequencies[$0], $0) < (frequencies[$1], $1)
    }
    if symbols.isEmpty { return lengths }
    if symbols.count == 1 {
      lengths[symbols[0]] = 1
      return lengths
    }
    var counts = countsByDepth(of: symbols.map { frequencies[$0] })
    limit(&counts, to: maximumLength)
    // The rarest symbols have the longest codes.
    var remaining = symbols[...]
    for length in stride(from: maximumLength, through: 1, by: -1) {
      for symbol in remaining.prefix(counts[length]) { lengths[symbol] = UInt8(length) }
      remaining = remaining.dropFirst(counts[length])
    }
    return lengths
  }

  /// How many leaves Huffman's tree has at each depth. With the leaves sorted, inner nodes come into being in the order
  /// of their weight, so two queues replace a heap.
  private static func countsByDepth(of weights: [UInt32]) -> [Int] {
    let leafCount = weights.count
    var weight = weights.map(UInt64.init)
    var parent = [Int](repeating: 0, count: 2 * leafCount - 1)
    var leaf = 0
    var inner = leafCount
    func lightest() -> Int {
      if leaf < leafCount && (inner >= weight.count || weight[leaf] <= weight[inner]) {
        leaf += 1
        return leaf - 1
      }
      inner += 1
      return inner - 1
    }
    for node in leafCount..<(2 * leafCount - 1) {
      let (left, right) = (lightest(), lightest())
      weight.append(weight[left] + weight[right])
      (parent[left], parent[right]) = (node, node)
    }
    var depth = [Int](repeating: 0, count: parent.count)
    var counts = [Int](repeating: 0, count: leafCount + 1)
    for node in stride(from: parent.count - 2, through: 0, by: -1) {
      depth[node] = depth[parent[node]] + 1
      if node < leafCount { counts[depth[node]] += 1 }
    }
    return counts
  }

  /// Lifts leaves that are too deep and makes room for them by lowering others, so that the code stays complete.
  private static func limit(_ counts: inout [Int], to maximum: Int) {
    if counts.count <= maximum { counts += [Int](repeating: 0, count: maximum + 1 - counts.count) }
    let tooDeep = counts[(maximum + 1)...].reduce(0, +)
    if tooDeep == 0 { return }
    counts[maximum] += tooDeep
    for depth in (maximum + 1)..<counts.count { counts[depth] = 0 }
    // Kraft's sum in units of the longest code.
    var excess = (1...maximum).reduce(0) { $0 + counts[$1] << (maximum - $1) } - 1 << maximum
    while excess > 0 {
      guard let depth = (1..<maximum).last(where: { counts[$0] > 0 }) else { return }
      // A leaf becomes an inner node of itself and one from the bottom: the sum falls by one.
      counts[depth] -= 1
      counts[depth + 1] += 2
      counts[maximum] -= 1
      excess -= 1
    }
  }
}

extension UInt16 {
  fileprivate var bitsReversed: UInt16 {
    var value = self
    value = (value & 0x5555) << 1 | value >> 1 & 0x5555
    value = (value & 0x3333) << 2 | value >> 2 & 0x3333
    value = (value & 0x0F0F) << 4 | value >> 4 & 0x0F0F
    return value << 8 | value >> 8
  }
}
