import EdgeJSON

/// A reproducible source (SplitMix64) of numbers and JSON values.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  mutating func string() -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "B", "7", " ", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "<", ">", "&", "é", "€", "\u{2028}",
      "\u{2029}",
      "\u{FFFF}", "😀", "'", ":", "-",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<below(24) { text.append(alphabet[below(alphabet.count)]) }
    return String(text)
  }

  mutating func value(depth: Int = 0) -> JSONValue {
    switch below(depth > 4 ? 6 : 8) {
    case 0: return .null
    case 1: return .bool(below(2) == 0)
    case 2: return .integer(Int64(bitPattern: next()) >> Int64(below(64)))
    case 3:
      let literals = ["1.5", "-0", "1e10", "123456789012345678901234567890", "-0.25E-3", "0.1"]
      return JSONNumber(literal: literals[below(literals.count)]).map { .number($0) } ?? .null
    case 4, 5: return .string(string())
    case 6: return .array((0..<below(6)).map { _ in value(depth: depth + 1) })
    default:
      var object = JSONObject()
      for _ in 0..<below(below(8) == 0 ? 40 : 6) { object[string()] = value(depth: depth + 1) }
      return .object(object)
    }
  }
}
