#if Networking && SQLite
import ArgumentParser

/// A span of time as etcd's flags take it, in the notation of Go: numbers, with or without decimals, each with its unit,
/// one behind another: `10m`, `5s`, `1h30m`, `3.25s`, or `0`.
///
/// - Throws: `ValidationError` for anything else, negative spans, and numbers above 1,000,000,000.
@Sendable func parseDuration(_ text: String) throws -> Duration {
  if text == "0" { return .zero }
  var rest = Substring(text)
  var sum = Duration.zero
  repeat {
    guard let part = takePart(&rest) else {
      throw ValidationError("\"\(text)\" is no duration: use numbers and ms, s, m or h")
    }
    sum += part
  } while !rest.isEmpty
  return sum
}

private let units: [(name: String, length: Duration)] = [
  // What another begins with comes behind it.
  ("ns", .nanoseconds(1)), ("us", .microseconds(1)), ("ms", .milliseconds(1)), ("s", .seconds(1)),
  ("m", .seconds(60)), ("h", .seconds(3600)),
]

/// One number and its unit.
private func takePart(_ rest: inout Substring) -> Duration? {
  let whole = takeDigits(&rest)
  var decimals: Substring = ""
  if rest.first == "." {
    rest.removeFirst()
    decimals = takeDigits(&rest)
  }
  guard !(whole.isEmpty && decimals.isEmpty), let number = Int64("0" + whole), number <= 1_000_000_000,
    let fraction = Double("0." + decimals + "0"), let unit = units.first(where: { rest.hasPrefix($0.name) })
  else { return nil }
  rest.removeFirst(unit.name.count)
  return unit.length * number + unit.length * fraction
}

private func takeDigits(_ rest: inout Substring) -> Substring {
  let digits = rest.prefix { $0.isASCII && $0.isNumber }
  rest.removeFirst(digits.count)
  return digits
}
#endif
