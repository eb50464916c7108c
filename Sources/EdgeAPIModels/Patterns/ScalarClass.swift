/// A set of Unicode scalars: what one step of a pattern accepts.
struct ScalarClass {
  private var ranges: [ClosedRange<UInt32>] = []
  private var categories: [(members: Set<Unicode.GeneralCategory>, isNegated: Bool)] = []
  /// Sets whose complement belongs to this one, such as `\D` inside brackets.
  private var complements: [ScalarClass] = []
  var isNegated = false
  var ignoresCase = false

  init() {}

  init(_ scalar: Unicode.Scalar, ignoresCase: Bool = false) {
    ranges = [scalar.value...scalar.value]
    self.ignoresCase = ignoresCase
  }

  init(_ ranges: ClosedRange<Unicode.Scalar>...) {
    self.ranges = ranges.map { $0.lowerBound.value...$0.upperBound.value }
  }

  mutating func add(_ range: ClosedRange<Unicode.Scalar>) {
    ranges.append(range.lowerBound.value...range.upperBound.value)
  }

  mutating func add(_ other: ScalarClass) {
    if other.isNegated {
      complements.append(other)
    } else {
      ranges += other.ranges
      categories += other.categories
      complements += other.complements
    }
  }

  mutating func add(categories: Set<Unicode.GeneralCategory>, isNegated: Bool) {
    self.categories.append((categories, isNegated))
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    var isMember = holds(scalar)
    if !isMember, ignoresCase {
      isMember = Self.caseVariants(of: scalar).contains { holds($0) }
    }
    return isMember != isNegated
  }

  /// One bit for each ASCII scalar.
  var asciiMembers: (low: UInt64, high: UInt64) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    func add(_ value: UInt32) {
      if value < 64 { low |= 1 << UInt64(value) } else { high |= 1 << UInt64(value - 64) }
    }
    guard categories.isEmpty, complements.isEmpty, !ignoresCase else {
      for value in UInt8(0)..<128 where contains(Unicode.Scalar(value)) { add(UInt32(value)) }
      return (low, high)
    }
    for range in ranges where range.lowerBound < 128 {
      for value in range.lowerBound...min(range.upperBound, 127) { add(value) }
    }
    return isNegated ? (~low, ~high) : (low, high)
  }

  private func holds(_ scalar: Unicode.Scalar) -> Bool {
    for range in ranges where range.contains(scalar.value) { return true }
    if categories.contains(where: { $0.members.contains(scalar.properties.generalCategory) != $0.isNegated }) {
      return true
    }
    return complements.contains { $0.contains(scalar) }
  }

  /// The scalars that differ from this one only in case.
  private static func caseVariants(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if scalar.isASCII {
      let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
      return isLetter ? [Unicode.Scalar(UInt8(scalar.value) ^ 0x20)] : []
    }
    let properties = scalar.properties
    return [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping].compactMap { text in
      // A mapping to several scalars is no simple one.
      text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
  }
}

extension ScalarClass {
  static let digit = ScalarClass("0"..."9")
  static let space = ScalarClass("\t"..."\n", "\u{0C}"..."\r", " "..." ")
  static let word = ScalarClass("0"..."9", "A"..."Z", "_"..."_", "a"..."z")

  /// `.`; without the `s` flag it accepts no line feed.
  static func any(includesNewline: Bool) -> ScalarClass {
    var everything = includesNewline ? ScalarClass() : ScalarClass("\n"..."\n")
    everything.isNegated = true
    return everything
  }

  /// The class `[:name:]`; nil when there is none.
  static func posix(_ name: String) -> ScalarClass? {
    switch name {
    case "alnum": ScalarClass("0"..."9", "A"..."Z", "a"..."z")
    case "alpha": ScalarClass("A"..."Z", "a"..."z")
    case "ascii": ScalarClass("\0"..."\u{7F}")
    case "blank": ScalarClass("\t"..."\t", " "..." ")
    case "cntrl": ScalarClass("\0"..."\u{1F}", "\u{7F}"..."\u{7F}")
    case "digit": digit
    case "graph": ScalarClass("!"..."~")
    case "lower": ScalarClass("a"..."z")
    case "print": ScalarClass(" "..."~")
    case "punct": ScalarClass("!"..."/", ":"..."@", "["..."`", "{"..."~")
    case "space": ScalarClass("\t"..."\r", " "..." ")
    case "upper": ScalarClass("A"..."Z")
    case "word": word
    case "xdigit": ScalarClass("0"..."9", "A"..."F", "a"..."f")
    default: nil
    }
  }

  /// The general categories behind a name of one or two letters; nil for anything else, also for scripts.
  static func categories(named name: String) -> Set<Unicode.GeneralCategory>? {
    switch name {
    case "L": [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter]
    case "Lu": [.uppercaseLetter]
    case "Ll": [.lowercaseLetter]
    case "Lt": [.titlecaseLetter]
    case "Lm": [.modifierLetter]
    case "Lo": [.otherLetter]
    case "M": [.nonspacingMark, .spacingMark, .enclosingMark]
    case "Mn": [.nonspacingMark]
    case "Mc": [.spacingMark]
    case "Me": [.enclosingMark]
    case "N": [.decimalNumber, .letterNumber, .otherNumber]
    case "Nd": [.decimalNumber]
    case "Nl": [.letterNumber]
    case "No": [.otherNumber]
    case "P":
      [
        .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
        .finalPunctuation, .otherPunctuation,
      ]
    case "Pc": [.connectorPunctuation]
    case "Pd": [.dashPunctuation]
    case "Ps": [.openPunctuation]
    case "Pe": [.closePunctuation]
    case "Pi": [.initialPunctuation]
    case "Pf": [.finalPunctuation]
    case "Po": [.otherPunctuation]
    case "S": [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol]
    case "Sm": [.mathSymbol]
    case "Sc": [.currencySymbol]
    case "Sk": [.modifierSymbol]
    case "So": [.otherSymbol]
    case "Z": [.spaceSeparator, .lineSeparator, .paragraphSeparator]
    case "Zs": [.spaceSeparator]
    case "Zl": [.lineSeparator]
    case "Zp": [.paragraphSeparator]
    case "C": [.control, .format, .surrogate, .privateUse]
    case "Cc": [.control]
    case "Cf": [.format]
    case "Co": [.privateUse]
    default: nil
    }
  }
}
