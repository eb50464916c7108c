/// One line of the table: what both peers reached at one thing.
struct Row: Sendable {
  enum Unit: Sendable { case perSecond, milliseconds, megabytes, percent, kilobytes, times }
  /// What issue 4 asks for; of the ratio, or of our own figure.
  enum Target: Sendable {
    case ratio(Double)
    case atMost(Double)
    case atLeast(Double)
  }

  let name: String
  let unit: Unit
  let isHigherBetter: Bool
  var values: [Peer: Double] = [:]
  /// The slowest of a hundred operations, in milliseconds, where the value is a rate.
  var p99: [Peer: Double] = [:]
  var target: Target?
  var note = ""

  /// How many times better edge-store is; nil where only one of them has a figure.
  var ratio: Double? {
    guard let ours = values[.edgeStore], let theirs = values[.etcd], ours > 0, theirs > 0 else { return nil }
    return isHigherBetter ? ours / theirs : theirs / ours
  }

  /// nil where nothing is asked for, or nothing was measured.
  var isReached: Bool? {
    switch target {
    case nil: nil
    case .ratio(let least): ratio.map { $0 >= least }
    case .atMost(let most): values[.edgeStore].map { $0 <= most }
    case .atLeast(let least): values[.edgeStore].map { $0 >= least }
    }
  }

  func text(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    return switch unit {
    case .perSecond: "\(grouped(value))/s"
    case .milliseconds: "\(short(value)) ms"
    case .megabytes: "\(short(value)) MB"
    case .percent: "\(short(value)) %"
    case .kilobytes: "\(short(value)) KB"
    case .times: "\(short(value)) x"
    }
  }

  var targetText: String {
    switch target {
    case nil: ""
    case .ratio(let least): "\(short(least)) x"
    case .atMost(let most): "at most \(text(most))"
    case .atLeast(let least): "at least \(text(least))"
    }
  }
}

/// Three figures that count: `0.042`, `3.14`, `12345`.
func short(_ value: Double) -> String {
  let size = abs(value)
  if size == 0 { return "0" }
  let digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = (size * scale).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let whole = Int(scaled / scale)
  let rest = Int(scaled) - whole * Int(scale)
  let sign = value < 0 ? "-" : ""
  if digits == 0 { return "\(sign)\(whole)" }
  let fraction = String(rest)
  let padded = String(repeating: "0", count: digits - fraction.count) + fraction
  let trimmed = padded.reversed().drop { $0 == "0" }.reversed()
  return trimmed.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(String(trimmed))"
}

/// `12,345`
func grouped(_ value: Double) -> String {
  var digits = Array(String(Int(value.rounded())))
  var index = digits.count - 3
  while index > 0 {
    digits.insert(",", at: index)
    index -= 3
  }
  return String(digits)
}
