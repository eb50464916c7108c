import EdgeJSON

/// How a text is written.
enum YAMLTextStyle {
  /// Without quotes: it reads back as the same text, here and by readers of YAML 1.2.
  case plain
  /// As a block of lines behind `|`: printable text whose first line is not indented, so that the reader finds the margin.
  case block
  case quoted

  /// - Parameter text: valid UTF-8.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    guard let first = text.first, let last = text.last else {
      self = .quoted
      return
    }
    var isPlain = Self.canBegin(text) && last != 0x20 && last != UInt8(ascii: ":")
    var hasLineFeed = false
    var previous: UInt8 = 0x20
    for (place, byte) in text.enumerated() {
      switch byte {
      case 0x20: if previous == UInt8(ascii: ":") { isPlain = false }
      case UInt8(ascii: "#"): if previous == 0x20 { isPlain = false }
      case 0x21...0x7E: break
      case 0x0A: hasLineFeed = true
      case 0x09: isPlain = false
      default:
        if !Self.isPrintable(text, at: place) {
          self = .quoted
          return
        }
      }
      previous = byte
    }
    if hasLineFeed {
      self = [0x20, 0x0A, 0x09].contains(first) ? .quoted : .block
    } else {
      self = isPlain && !Self.meansMore(text, first: first) ? .plain : .quoted
    }
  }

  /// Whether the character that begins at `place` is printable in YAML 1.1 and no line break of it. The bytes inside a
  /// character count as printable.
  static func isPrintable(_ text: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
    func byte(_ place: Int) -> UInt8 { place < text.count ? text[place] : 0 }
    switch text[place] {
    case ..<0x20, 0x7F: return text[place] == 0x0A || text[place] == 0x09
    case 0xC2: return byte(place + 1) >= 0xA0
    case 0xE2: return !(byte(place + 1) == 0x80 && byte(place + 2) | 1 == 0xA9)
    case 0xEF:
      if byte(place + 1) == 0xBB { return byte(place + 2) != 0xBF }
      return !(byte(place + 1) == 0xBF && byte(place + 2) >= 0xBE)
    default: return true
    }
  }

  /// Signs of YAML begin no plain text, except in paths such as `.spec` and `./a` and in options such as `--flag`.
  private static func canBegin(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch text[0] {
    case 0x20: return false
    case UInt8(ascii: "-"), UInt8(ascii: "."):
      guard text.count > 1, text[1] != 0x20 else { return false }
      // Markers of documents.
      return !(text.count >= 3 && text[1] == text[0] && text[2] == text[0] && (text.count == 3 || text[3] == 0x20))
    case UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "&"), UInt8(ascii: "*"),
      UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""),
      UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "="), UInt8(ascii: "<"),
      UInt8(ascii: "~"), UInt8(ascii: "+"):
      return false
    default: return true
    }
  }

  /// Whether some reader takes the text for something else than a text: a word, a number, a time.
  private static func meansMore(_ text: UnsafeBufferPointer<UInt8>, first: UInt8) -> Bool {
    if YAMLNumber.isDigit(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: ".") {
      if looksLikeTimeOrBase60(text) { return true }
      guard text.allSatisfy(YAMLScalar.isNumberPart) else { return false }
      let string = String(decoding: text, as: UTF8.self)
      guard case .string = YAMLScalar.value(ofPlain: string) else { return true }
      // Texts here, and numbers to readers that know no bounds or take underscores anywhere.
      return YAMLNumber.isFloat(text.contains(UInt8(ascii: "_")) ? string.filter { $0 != "_" } : string)
    }
    guard YAMLScalar.canBeWord(first: first, count: text.count) else { return false }
    guard case .string = YAMLScalar.value(ofPlain: String(decoding: text, as: UTF8.self)) else { return true }
    return false
  }

  /// Readers of YAML 1.1 may take `2026-11-23` for a date and `12:30:45` for a number.
  private static func looksLikeTimeOrBase60(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.count >= 6, text[..<4].allSatisfy(YAMLNumber.isDigit), text[4] == UInt8(ascii: "-"),
      YAMLNumber.isDigit(text[5])
    {
      return true
    }
    var hasColon = false
    for byte in text {
      if byte == UInt8(ascii: ":") {
        hasColon = true
      } else if !YAMLNumber.isDigit(byte), ![0x2E, 0x5F, 0x2B, 0x2D].contains(byte) {
        return false
      }
    }
    return hasColon
  }
}
