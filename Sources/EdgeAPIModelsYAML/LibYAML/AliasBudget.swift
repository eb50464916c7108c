#if YAML
/// Refuses documents whose aliases could expand beyond measure, before the YAML parser sees them.
///
/// The reader counts what it really expands; but the parser compares the keys of each mapping with one another, and a key
/// that is made of aliases of aliases would keep it busy for ever ("billion laughs"). With K anchors and A aliases no
/// expansion has more than (A/K + 1)^K parts, so that bound is checked on the text. Only names that stand behind
/// `&` and, where a value may begin, behind `*` are counted: shell patterns in a config map are neither.
enum AliasBudget {
  static let maximumParts = 1e7

  static func check(_ document: YAMLDocument) throws(ManifestError) {
    let bytes = Array(document.bytes)
    let anchors = Set(names(behind: UInt8(ascii: "&"), in: bytes) { _ in true })
    if anchors.isEmpty { return }
    let aliases = names(behind: UInt8(ascii: "*"), in: bytes) { beginsValue($0, in: bytes) }
      .filter { anchors.contains($0) }
    let used = Double(Set(aliases).count)
    var parts = 1.0
    for _ in 0..<Set(aliases).count {
      parts *= Double(aliases.count) / used + 1
      if parts > maximumParts {
        throw ManifestError(
          source: document.source, line: document.linesBefore + 1,
          message: "too many aliases (\(aliases.count)) of too many anchors (\(Int(used))) in one document")
      }
    }
  }

  private static func names(
    behind sign: UInt8, in bytes: [UInt8], where counts: (_ place: Int) -> Bool
  ) -> [ArraySlice<UInt8>] {
    var names: [ArraySlice<UInt8>] = []
    var place = 0
    while let found = bytes[place...].firstIndex(of: sign) {
      var end = found + 1
      while end < bytes.count, isNamePart(bytes[end]) { end += 1 }
      if end > found + 1, counts(found) { names.append(bytes[(found + 1)..<end]) }
      place = end
    }
    return names
  }

  /// An alias stands at the beginning of a line or behind the sign that introduces a value.
  private static func beginsValue(_ place: Int, in bytes: [UInt8]) -> Bool {
    guard let before = bytes[..<place].last(where: { $0 != 0x20 && $0 != 0x09 }) else { return true }
    return "\r\n-?:,[{".utf8.contains(before)
  }

  /// What libyaml takes for the name of an anchor.
  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
#endif
