/// Whether a text is an IP address in the forms that Kubernetes accepts.
enum IPAddressText {
  static let problem = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

  static func isValid(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }

  /// An address and the length of its prefix, `10.0.0.0/8`.
  static func isPrefix(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "0" || parts[1].first != "0", parts[1].utf8.allSatisfy(isDigit),
      let length = Int(parts[1])
    else { return false }
    let address = String(parts[0])
    return isIPv4(address) ? length <= 32 : isIPv6(address) && length <= 128
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Four decimal numbers. Leading zeros are refused: some readers take them for octal.
  static func isIPv4(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return false }
        return part.allSatisfy { (0x30...0x39).contains($0) } && part.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 255
      }
  }

  /// RFC 4291 section 2.2: eight groups, at most one `::`, the last two groups possibly in IPv4 form.
  static func isIPv6(_ text: String) -> Bool {
    let halves = split(text)
    guard text.utf8.contains(UInt8(ascii: ":")), halves.count <= 2 else { return false }
    var groups = 0
    for (index, half) in halves.enumerated() where !half.isEmpty {
      let parts = half.split(separator: ":", omittingEmptySubsequences: false)
      for (place, part) in parts.enumerated() {
        let isLast = index == halves.count - 1 && place == parts.count - 1
        if isLast, part.contains(".") {
          guard isIPv4(String(part)) else { return false }
          groups += 2
        } else {
          guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexadecimal) else { return false }
          groups += 1
        }
      }
    }
    return halves.count == 2 ? groups < 8 : groups == 8
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }

  /// The parts around each `::`.
  private static func split(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var start = text.startIndex
    var place = text.startIndex
    while place < text.endIndex {
      let next = text.index(after: place)
      if text[place] == ":", next < text.endIndex, text[next] == ":" {
        parts.append(text[start..<place])
        place = text.index(after: next)
        start = place
      } else {
        place = next
      }
    }
    return parts + [text[start...]]
  }
}
