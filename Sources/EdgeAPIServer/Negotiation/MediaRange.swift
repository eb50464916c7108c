/// One alternative of an `Accept` header (RFC 9110, section 12.5.1): `application/json;as=Table;v=v1;q=0.9`.
struct MediaRange: Hashable, Sendable {
  /// In small letters, as is ``subtype``; `*` for any.
  let type: String
  let subtype: String
  /// Names in small letters, without `q`.
  let parameters: [String: String]
  /// 1 unless said, 0 for what is not wanted at all.
  let quality: Double

  /// nil for what is no media range; clients send such things, and servers pass over them.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { Self.trimmed($0) }
    let names = parts[0].lowercased().split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names[0] != "*" || names[1] == "*" else { return nil }
    var parameters: [String: String] = [:]
    var quality = 1.0
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
      guard pair.count == 2 else { continue }
      if pair[0].lowercased() == "q" {
        quality = Double(pair[1]) ?? 1
      } else {
        parameters[pair[0].lowercased()] = String(pair[1])
      }
    }
    type = String(names[0])
    subtype = String(names[1])
    self.parameters = parameters
    self.quality = quality
  }

  /// The alternatives of a header, those the client likes best first; of equal ones the more specific, then the earlier.
  static func alternatives(_ header: String) -> [MediaRange] {
    let ranges = header.split(separator: ",").compactMap { MediaRange($0) }.filter { $0.quality > 0 }
    return ranges.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if a.quality != b.quality { return a.quality > b.quality }
      return a.wildcards != b.wildcards ? a.wildcards < b.wildcards : left.offset < right.offset
    }.map(\.element)
  }

  func covers(_ mediaType: String) -> Bool {
    if type == "*" { return true }
    let names = mediaType.split(separator: "/")
    return type == names[0] && (subtype == "*" || subtype == names[1])
  }

  private var wildcards: Int { (type == "*" ? 1 : 0) + (subtype == "*" ? 1 : 0) }

  private static func trimmed(_ text: some StringProtocol) -> Substring {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var text = Substring(text).drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}
