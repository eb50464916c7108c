/// Finds what of the text stood in the dictionary or earlier in the text.
///
/// The dictionary is indexed once and shared by all messages; the text's own index is small and is emptied for each one,
/// so a short message does not pay for a long window.
struct MatchFinder {
  struct Match {
    var length: Int
    var distance: Int
  }

  private let dictionary: [UInt8]
  /// By hash: the last place in the dictionary plus one; 0 is none. Then, by place, the one before it with that hash.
  private var dictionaryHeads: [UInt16]
  private var dictionaryChain: [UInt16]
  private var heads: [Int32]
  private var chain: [Int32] = []
  private var indexed = 0
  private let effort: CompressionEffort

  private static let hashBits = 13
  private static let hashedCount = 4

  init(dictionary: [UInt8], effort: CompressionEffort) {
    self.dictionary = dictionary
    self.effort = effort
    heads = [Int32](repeating: 0, count: 1 << Self.hashBits)
    dictionaryHeads = [UInt16](repeating: 0, count: 1 << Self.hashBits)
    dictionaryChain = [UInt16](repeating: 0, count: dictionary.count)
    let places = max(0, dictionary.count - Self.hashedCount + 1)
    for place in 0..<places {
      let hash = Self.hash(dictionary.span, at: place)
      dictionaryChain[place] = dictionaryHeads[hash]
      dictionaryHeads[hash] = UInt16(place + 1)
    }
  }

  mutating func begin(textCount: Int) {
    for index in heads.indices { heads[index] = 0 }
    if chain.count < textCount { chain = [Int32](repeating: 0, count: textCount) }
    indexed = 0
  }

  @inline(__always)
  private static func hash(_ bytes: Span<UInt8>, at place: Int) -> Int {
    let word =
      UInt32(bytes[place]) | UInt32(bytes[place &+ 1]) << 8 | UInt32(bytes[place &+ 2]) << 16
      | UInt32(bytes[place &+ 3]) << 24
    return Int((word &* 2_654_435_761) >> UInt32(32 - hashBits))
  }

  /// Enters the text's places before `end` into the index.
  @inline(__always)
  mutating func index(_ text: Span<UInt8>, before end: Int) {
    let last = min(end, text.count - Self.hashedCount + 1)
    while indexed < last {
      let hash = Self.hash(text, at: indexed)
      chain[indexed] = heads[hash]
      heads[hash] = Int32(truncatingIfNeeded: indexed &+ 1)
      indexed &+= 1
    }
  }

  /// The longest match for the text at `place` that is longer than `least`, as far as the effort allows looking.
  mutating func longestMatch(_ text: Span<UInt8>, at place: Int, longerThan least: Int) -> Match? {
    let most = min(DeflateSymbols.maximumMatch, text.count - place)
    if most < Self.hashedCount || most <= least { return nil }
    let hash = Self.hash(text, at: place)
    var best = Match(length: max(least, Self.hashedCount - 1), distance: 0)
    var tries = effort.maximumTries
    var candidate = Int(heads[hash]) - 1
    while candidate >= 0, tries > 0, place - candidate <= DeflateSymbols.window {
      if best.length < most, text[candidate + best.length] == text[place + best.length] {
        var length = 0
        while length < most, text[candidate &+ length] == text[place &+ length] { length &+= 1 }
        if length > best.length {
          best = Match(length: length, distance: place - candidate)
          if length >= most || length >= effort.goodLength { return best }
        }
      }
      candidate = Int(chain[candidate]) - 1
      tries -= 1
    }
    var entry = Int(dictionaryHeads[hash]) - 1
    tries = effort.maximumTries
    while entry >= 0, tries > 0, place + dictionary.count - entry <= DeflateSymbols.window {
      let reachable = min(most, dictionary.count - entry)
      if reachable > best.length, dictionary[entry + best.length] == text[place + best.length] {
        var length = 0
        while length < reachable, dictionary[entry &+ length] == text[place &+ length] { length &+= 1 }
        if length > best.length {
          best = Match(length: length, distance: place + dictionary.count - entry)
          if length >= effort.goodLength { return best }
        }
      }
      entry = Int(dictionaryChain[entry]) - 1
      tries -= 1
    }
    return best.distance > 0 ? best : nil
  }
}
