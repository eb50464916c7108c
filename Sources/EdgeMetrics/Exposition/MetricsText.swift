#if Networking
/// A page in Prometheus' text format, version 0.0.4, under construction.
///
/// A scraper throws a whole page away when a family or a series comes twice, so the second one is left out here.
public struct MetricsText: Sendable {
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  public enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  public struct Sample: Sendable {
    public var labels: [(String, String)]
    public var value: Double

    public init(_ value: Double, labels: [(String, String)] = []) {
      self.value = value
      self.labels = labels
    }
  }

  public private(set) var text = ""
  private var names: Set<String> = []

  public init() {}

  /// Adds a family of single values.
  /// - Parameters:
  ///   - name: characters that Prometheus does not take become `_`.
  ///   - help: one line for people; empty leaves it out.
  ///   - samples: those with labels that Prometheus does not take, or that came already, are left out.
  public mutating func add(_ name: String, _ kind: Kind, help: String, samples: [Sample]) {
    let name = MetricName.metric(name)
    guard begin(name, kind, help: help) else { return }
    var seen: Set<LabelSet> = []
    for sample in samples {
      guard let labels = LabelSet(sample.labels), seen.insert(labels).inserted else { continue }
      add(name, labels: labels.text, value: Self.number(sample.value))
    }
  }

  /// Adds a family of one value without labels.
  public mutating func add(_ name: String, _ kind: Kind, help: String, value: Double) {
    add(name, kind, help: help, samples: [Sample(value)])
  }

  /// - Returns: false when a family of that name is there already.
  mutating func begin(_ name: String, _ kind: Kind, help: String) -> Bool {
    guard names.insert(name).inserted else { return false }
    if !help.isEmpty { text += "# HELP \(name) \(MetricName.escaped(help, quotes: false))\n" }
    text += "# TYPE \(name) \(kind.rawValue)\n"
    return true
  }

  mutating func add(_ name: String, labels: String, value: String) {
    text += name
    if !labels.isEmpty {
      text += "{"
      text += labels
      text += "}"
    }
    text += " "
    text += value
    text += "\n"
  }

  /// Whole numbers without a point, as the reference client writes them.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), abs(value) < 1e15 { return String(whole) }
    return String(value)
  }
}
#endif
