#if Networking
/// The labels of one series as they stand between the braces, sorted by name, so that one set has one text.
struct LabelSet: Sendable, Hashable, Comparable {
  let text: String

  /// - Returns: nil when a name comes twice or is reserved: `le` is a histogram's own, and a name that begins with `__`
  ///   (`__name__` above all) would change which series the sample belongs to.
  init?(_ dimensions: [(String, String)]) {
    if dimensions.isEmpty {
      text = ""
      return
    }
    let labels = dimensions.map { (name: MetricName.label($0.0), value: $0.1) }.sorted { $0.name < $1.name }
    var text = ""
    var last: String?
    for (name, value) in labels {
      guard name != last, name != "le", !name.hasPrefix("__") else { return nil }
      if last != nil { text += "," }
      text += "\(name)=\"\(MetricName.escaped(value, quotes: true))\""
      last = name
    }
    self.text = text
  }

  static func < (left: LabelSet, right: LabelSet) -> Bool { left.text < right.text }
}
#endif
