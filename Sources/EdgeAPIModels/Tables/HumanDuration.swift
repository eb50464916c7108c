import EdgePrimitives

/// Durations as kubectl prints ages: at most two units, the coarser the longer ago (`12s`, `5m32s`, `3h`, `3d4h`, `2y10d`).
enum HumanDuration {
  static func text(_ duration: Duration) -> String {
    // Whole seconds towards zero; a clock may be a second behind.
    let seconds = duration.components.seconds
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 { return two(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    let hours = minutes / 60
    if hours < 8 { return two(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if days < 8 { return two(days, "d", hours % 24, "h") }
    if days < 365 * 2 { return "\(days)d" }
    let years = days / 365
    return years < 8 ? two(years, "y", days % 365, "d") : "\(years)y"
  }

  /// The time since a timestamp of an object; `<unknown>` when it is absent or no timestamp.
  static func since(_ time: String?, _ now: Timestamp) -> String {
    guard let time, let then = Timestamp(rfc3339: time) else { return "<unknown>" }
    return text(now - then)
  }

  private static func two(_ first: Int64, _ unit: String, _ second: Int64, _ smaller: String) -> String {
    second == 0 ? "\(first)\(unit)" : "\(first)\(unit)\(second)\(smaller)"
  }
}
