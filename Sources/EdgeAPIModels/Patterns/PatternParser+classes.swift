/// Escapes and bracket expressions.
extension PatternParser {
  mutating func escape() throws(PatternError) -> PatternNode {
    position += 1
    guard let scalar = next else { throw error("trailing backslash") }
    position += 1
    switch scalar {
    case "A": return .assertion(.textStart)
    case "z": return .assertion(.textEnd)
    case "b": return .assertion(.wordBoundary)
    case "B": return .assertion(.noWordBoundary)
    default:
      position -= 1
      if let known = try namedClass() { return .scalar(known) }
      return .scalar(ScalarClass(try escapedScalar(), ignoresCase: flags.ignoresCase))
    }
  }

  /// `\d`, `\pL` and the like, the backslash being read already; nil leaves the position as it is.
  private mutating func namedClass() throws(PatternError) -> ScalarClass? {
    guard let letter = next else { return nil }
    var known: ScalarClass
    switch letter {
    case "d", "D": known = .digit
    case "s", "S": known = .space
    case "w", "W": known = .word
    case "p", "P":
      position += 1
      return try unicodeClass(isNegated: letter == "P")
    default: return nil
    }
    position += 1
    known.isNegated = ("A"..."Z").contains(letter)
    return known
  }

  private mutating func unicodeClass(isNegated: Bool) throws(PatternError) -> ScalarClass {
    var isNegated = isNegated
    var name = ""
    if skip("{") {
      if skip("^") { isNegated.toggle() }
      while let scalar = next, scalar != "}" {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      guard skip("}") else { throw error("invalid character class range") }
    } else if let scalar = next {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    var known = ScalarClass()
    if name == "Any" {
      known.add("\0"..."\u{10FFFF}")
      known.isNegated = isNegated
    } else if let categories = ScalarClass.categories(named: name) {
      known.add(categories: categories, isNegated: isNegated)
    } else {
      throw error("unknown character class \\p{\(name)}", .unsupported)
    }
    return known
  }

  /// One scalar that a backslash spells, the backslash being read already.
  private mutating func escapedScalar() throws(PatternError) -> Unicode.Scalar {
    guard let scalar = next else { throw error("trailing backslash") }
    position += 1
    switch scalar {
    case "a": return "\u{07}"
    case "f": return "\u{0C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{0B}"
    case "x": return try hexadecimal()
    case "0"..."7":
      // A single digit other than zero is a back reference; more of them are an octal number, as in Go.
      let isOctal = scalar == "0" || next.map { ("0"..."7").contains($0) } ?? false
      if !isOctal { throw error("back references", .unsupported) }
      var value = scalar.value - 0x30
      for _ in 0..<2 {
        guard let digit = next, ("0"..."7").contains(digit) else { break }
        value = value * 8 + digit.value - 0x30
        position += 1
      }
      return Unicode.Scalar(value) ?? "\0"
    case "8", "9": throw error("back references", .unsupported)
    case "C": throw error("\\C", .unsupported)
    default:
      let isPunctuation = scalar.isASCII && !ScalarClass.word.contains(scalar) || scalar == "_"
      if isPunctuation { return scalar }
      throw error("invalid escape sequence \\\(scalar)")
    }
  }

  private mutating func hexadecimal() throws(PatternError) -> Unicode.Scalar {
    let isBraced = skip("{")
    var value: UInt32 = 0
    var digits = 0
    while let scalar = next, scalar.properties.isASCIIHexDigit, isBraced || digits < 2, digits < 8 {
      value = value << 4 | UInt32(scalar.value < 0x40 ? scalar.value - 0x30 : (scalar.value | 0x20) - 0x57)
      digits += 1
      position += 1
    }
    guard digits > 0, isBraced ? skip("}") : digits == 2, let result = Unicode.Scalar(value) else {
      throw error("invalid escape sequence \\x")
    }
    return result
  }

  mutating func bracketClass() throws(PatternError) -> ScalarClass {
    position += 1
    var members = ScalarClass()
    members.isNegated = skip("^")
    members.ignoresCase = flags.ignoresCase
    var isFirst = true
    while true {
      guard let scalar = next else { throw error("missing closing ]") }
      if scalar == "]", !isFirst {
        position += 1
        return members
      }
      isFirst = false
      if scalar == "[", let known = try posixClass() {
        members.add(known)
      } else if scalar == "\\", let known = try escapedClass() {
        members.add(known)
      } else {
        let low = try bracketScalar()
        var high = low
        let isRange = next == "-" && position + 1 < scalars.count && scalars[position + 1] != "]"
        if isRange {
          position += 1
          high = try bracketScalar()
        }
        guard low <= high else { throw error("invalid character class range") }
        members.add(low...high)
      }
    }
  }

  private mutating func bracketScalar() throws(PatternError) -> Unicode.Scalar {
    if skip("\\") { return try escapedScalar() }
    guard let scalar = next else { throw error("missing closing ]") }
    position += 1
    return scalar
  }

  private mutating func escapedClass() throws(PatternError) -> ScalarClass? {
    position += 1
    if let known = try namedClass() { return known }
    position -= 1
    return nil
  }

  /// `[:alpha:]` or `[:^alpha:]` inside brackets; nil when the bracket stands for itself.
  private mutating func posixClass() throws(PatternError) -> ScalarClass? {
    guard position + 1 < scalars.count, scalars[position + 1] == ":" else { return nil }
    var end = position + 2
    while end + 1 < scalars.count, scalars[end] != ":" || scalars[end + 1] != "]" {
      // A name is short and of small letters; anything else means that the bracket stands for itself.
      guard scalars[end] == "^" || ("a"..."z").contains(scalars[end]), end < position + 12 else { return nil }
      end += 1
    }
    guard end + 1 < scalars.count else { return nil }
    var name = scalars[(position + 2)..<end]
    let isNegated = name.first == "^"
    if isNegated { name.removeFirst() }
    var text = ""
    text.unicodeScalars.append(contentsOf: name)
    guard var known = ScalarClass.posix(text) else { throw error("invalid character class range [:\(text):]") }
    known.isNegated = isNegated
    position = end + 2
    return known
  }
}
