import EdgeAPIModels

/// A pattern of any text ends on any text, and means the same in a group. The first line of the input is the pattern, the
/// rest the text.
func fuzzPattern(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  guard let source = parts.first.flatMap({ String(validating: $0, as: UTF8.self) }),
    let pattern = try? TextPattern(parsing: source)
  else { return }
  let text = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
  let matches = pattern.matches(text)
  require(pattern.matches(text) == matches, "\(source) matches only sometimes")
  if let grouped = try? TextPattern(parsing: "(?:\(source))") {
    require(grouped.matches(text) == matches, "\(source) means something else in a group on \(text)")
  }
  // Ends in time also where something that backtracks would not.
  if !text.isEmpty { _ = pattern.matches(String(repeating: text, count: max(1, 4_096 / text.utf8.count))) }
}
