import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Quantities")
struct QuantityTests {
  @Test("a quantity takes 16 bytes, also an optional one")
  func size() {
    #expect(MemoryLayout<Quantity>.stride == 16)
    #expect(MemoryLayout<Quantity?>.stride == 16)
  }

  @Test(
    "hostile texts end in an error at once",
    arguments: [
      ("1e2147483647", QuantityError.Code.outOfRange), ("1e-2147483648", .outOfRange), ("1e4294967296", .outOfRange),
      ("1E1025", .outOfRange), ("0e99999", .outOfRange), ("1e99999999999999999999", .suffix),
      (String(repeating: "9", count: 1_025), .outOfRange), ("0." + String(repeating: "1", count: 1_025), .outOfRange),
      (String(repeating: "0", count: 1_000_000) + "1", .outOfRange), (String(repeating: "E", count: 100), .suffix),
      ("Pi", .numeric), (".Ei", .numeric), ("-Pi", .numeric), ("", .format), ("1,5", .format), ("１", .format),
    ])
  func hostile(text: String, code: QuantityError.Code) throws {
    let error = #expect(throws: QuantityError.self) { try Quantity(parsing: text) }
    #expect(error?.code == code)
  }

  @Test("the largest texts parse, add, compare and read back")
  func largest() throws {
    let digits = try Quantity(parsing: String(repeating: "9", count: 1_024))
    let power = try Quantity(parsing: "9e1024")
    let tiny = try Quantity(parsing: "-1e-1024")
    #expect(digits < power)
    #expect((power + digits) - digits == power)
    #expect(tiny == Quantity(-1, scale: .nano))
    for quantity in [digits, power, tiny] {
      #expect(try Quantity(json: quantity.json) == quantity)
      #expect(quantity.decimalText.utf8.count < 2_200)
    }
    // Sums and products may grow beyond what a text may say, by as much as their parts are long (here nine more digits and a point).
    #expect((power * .max + digits).decimalText.utf8.count == 1_044 + 10)
    #expect(power.approximateDouble == .infinity)
  }

  @Test(
    "what is read near the bounds of texts has a canonical text within them",
    arguments: [
      "12347345678340100e1024", "123473456783401000000000e1024", "100000e1021", "1000e1024", "1e1024", "-10e1023",
    ])
  func bounds(text: String) throws {
    let nines = String(repeating: "9", count: Quantity.maximumDigits)
    for text in [text, nines, nines + "e1", nines + "e3", nines.dropLast() + "00"] {
      guard let quantity = try? Quantity(parsing: text) else { continue }
      var written: [UInt8] = []
      quantity.append(to: &written)
      #expect(try Quantity(parsing: String(decoding: written, as: UTF8.self)) == quantity, "\(text)")
    }
  }

  @Test("amounts beyond the suffixes print as in Kubernetes 1.32 and are written so that they read back")
  func beyondSuffixes() throws {
    let quantity = try Quantity(parsing: "1000E")
    #expect(quantity.description == "1")
    #expect(quantity.json == "1e21")
    #expect(try Quantity(json: quantity.json) == quantity)
  }

  @Test("arithmetic at the ends of 64 bits is exact")
  func ends() throws {
    let lowest = Quantity(.min)
    #expect((-lowest).description == "9223372036854775808")
    #expect((Quantity.zero - lowest).description == "9223372036854775808")
    #expect((lowest + lowest).description == "-18446744073709551616")
    #expect(lowest - lowest == .zero)
    #expect((lowest * .min).decimalText == "85070591730234615865843651857942052864")
    #expect(Quantity(.max) > Quantity(.max, scale: .milli))
    #expect(Quantity(.min) < Quantity(.max, scale: .nano))
  }

  @Test("the spelling of canonical amounts survives, and arithmetic forgets it")
  func spelling() throws {
    for text in ["+5", "007Gi", "9.731M", "5.", "1.5E+4", "1e03", "5e0", "5E-0", "-045E003"] {
      let quantity = try Quantity(parsing: text)
      #expect(quantity.description == text)
      #expect(quantity.json == .string(text))
      #expect((quantity + .zero).description != text)
      #expect(quantity == quantity + .zero)
      #expect(quantity.hashValue == (quantity + .zero).hashValue)
    }
  }

  @Test("what is printed reads back, and sums, negations and orders agree with each other")
  func laws() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = Generator(state: seed)
    for _ in 0..<4_000 {
      let (a, b) = (random.quantity(), random.quantity())
      let note: Comment = "seed \(seed): \(a.decimalText) \(b.decimalText)"
      for quantity in [a, b, a + b, a - b, a * 1_234_567] {
        #expect(try Quantity(json: quantity.json) == quantity, note)
      }
      #expect((a + b) - b == a, note)
      #expect(a + b == b + a, note)
      #expect(-(-a) == a, note)
      #expect(a * 3 == a + a + a, note)
      #expect((a < b) == ((a - b).signum < 0), note)
      #expect((a == b) == ((a - b).isZero), note)
      if a == b { #expect(a.hashValue == b.hashValue, note) }
      var rounded = a
      #expect(rounded.roundUp(to: .one) == (rounded == a), note)
      #expect(a.signum < 0 ? rounded <= a : rounded >= a, note)
      #expect((rounded - a).decimalText.hasPrefix("0") || (rounded - a).decimalText.hasPrefix("-0"), note)
    }
  }

  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      // SplitMix64.
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }

    mutating func quantity() -> Quantity {
      let suffixes = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-7", "e18",
      ]
      let length = [1, 2, 3, 8, 20].randomElement(using: &self) ?? 1
      var text = Bool.random(using: &self) ? "-" : ""
      for _ in 0..<length { text += String(Int.random(in: 0...9, using: &self)) }
      if Bool.random(using: &self) {
        text += "."
        for _ in 0..<Int.random(in: 0...10, using: &self) { text += String(Int.random(in: 0...9, using: &self)) }
      }
      text += suffixes.randomElement(using: &self) ?? ""
      return (try? Quantity(parsing: text)) ?? .zero
    }
  }
}
