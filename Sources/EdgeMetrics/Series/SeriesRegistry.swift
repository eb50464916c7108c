#if Networking
/// The families and their series.
struct SeriesRegistry {
  enum Kind: Equatable {
    case counter, gauge
    case histogram(HistogramBuckets)

    var exposed: MetricsText.Kind {
      switch self {
      case .counter: .counter
      case .gauge: .gauge
      case .histogram: .histogram
      }
    }

    /// The names that samples of the family stand under.
    func sampleNames(_ name: String) -> [String] {
      exposed == .histogram ? [name, name + "_bucket", name + "_sum", name + "_count"] : [name]
    }
  }

  struct Family {
    let kind: Kind
    var series: [LabelSet: any ExposedSeries] = [:]
  }

  static let droppedName = "edge_metrics_dropped_series_total"

  private(set) var families: [String: Family] = [:]
  private(set) var dropped: [DropReason: Int] = [:]
  /// The family that each name on the page belongs to. A scraper refuses a page on which two families share one.
  private var owners: [String: String] = [droppedName: ""]
  private var count = 0

  mutating func drop(_ reason: DropReason) { dropped[reason, default: 0] += 1 }

  /// The series of that identity, made when it is not there.
  /// - Returns: nil when it is not admitted, which is counted.
  mutating func series<Series: ExposedSeries>(
    _ identity: SeriesIdentity, _ kind: Kind, maximum: Int, make: (SeriesIdentity) -> Series
  ) -> Series? {
    if let family = families[identity.name] {
      guard family.kind == kind else {
        drop(.kind)
        return nil
      }
      // One kind is always kept by one class, so the cast cannot fail.
      if let series = family.series[identity.labels] { return series as? Series }
    } else if kind.sampleNames(identity.name).contains(where: { owners[$0] != nil }) {
      drop(.kind)
      return nil
    }
    guard count < maximum else {
      drop(.limit)
      return nil
    }
    let series = make(identity)
    for name in kind.sampleNames(identity.name) { owners[name] = identity.name }
    families[identity.name, default: Family(kind: kind)].series[identity.labels] = series
    count += 1
    return series
  }

  mutating func remove(_ series: any ExposedSeries) {
    let identity = series.identity
    guard let family = families[identity.name], family.series[identity.labels] === series else { return }
    families[identity.name]?.series[identity.labels] = nil
    count -= 1
    guard family.series.count == 1 else { return }
    families[identity.name] = nil
    for name in family.kind.sampleNames(identity.name) { owners[name] = nil }
  }
}
#endif
