/// Schedules in cron's form: five fields, or a word such as `@hourly`.
enum CronText {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// What is wrong with a schedule; nil when it is good.
  static func problem(in text: String) -> String? {
    if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
      return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    }
    if text.hasPrefix("@") { return word(text) }
    let fields = text.split { $0 == " " || $0 == "\t" }
    if fields.count != 5 {
      return "expected exactly 5 fields, found \(fields.count): [\(fields.joined(separator: " "))]"
    }
    let rules: [(ClosedRange<Int>, [String])] = [
      (0...59, []), (0...23, []), (1...31, []), (1...12, months), (0...6, days),
    ]
    for (field, (range, names)) in zip(fields, rules) {
      for part in field.split(separator: ",", omittingEmptySubsequences: false) {
        if !accepts(part, range, names) { return "failed to parse \(part)" }
      }
    }
    return nil
  }

  private static func word(_ text: String) -> String? {
    if ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"].contains(text) { return nil }
    if text.hasPrefix("@every "), SchemaFormat.accepts(String(text.dropFirst(7)), format: "duration") { return nil }
    return "unrecognized descriptor: \(text)"
  }

  /// `*`, `5`, `1-5` or a name, each with a step behind a slash.
  private static func accepts(_ part: Substring, _ range: ClosedRange<Int>, _ names: [String]) -> Bool {
    let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
    guard let span = pieces.first, pieces.count <= 2 else { return false }
    if pieces.count == 2 {
      guard let step = number(pieces[1]), step > 0 else { return false }
    }
    if span == "*" || span == "?" { return true }
    let ends = span.split(separator: "-", omittingEmptySubsequences: false).map { end in
      names.firstIndex(of: end.lowercased()).map { $0 + range.lowerBound } ?? number(end)
    }
    guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1] else { return false }
    return first <= last && range.contains(first) && range.contains(last)
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}
