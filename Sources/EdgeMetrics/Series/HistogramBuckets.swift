#if Networking
/// The upper bounds of a histogram's buckets, one for each but the last, which has none.
struct HistogramBuckets: Sendable, Hashable {
  static let count = 18
  private let bounds: InlineArray<17, Double>
  private let unit: Unit

  private enum Unit { case seconds, quantity }

  /// For timers: from 50 µs, a commit without a disk, to 10 s, past every deadline.
  static let seconds = HistogramBuckets(
    unit: .seconds,
    bounds: [
      0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])

  /// For recorders, which count bytes, objects and the like: powers of four, from 1 to 4 Gi.
  static let quantities = HistogramBuckets(
    unit: .quantity,
    bounds: [
      1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
      1_073_741_824, 4_294_967_296,
    ])

  private init(unit: Unit, bounds: InlineArray<17, Double>) {
    self.unit = unit
    self.bounds = bounds
  }

  /// The bucket of a value: the first whose bound is not below it.
  func index(of value: Double) -> Int {
    var low = 0
    var high = Self.count - 1
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  func bound(of index: Int) -> String { index < Self.count - 1 ? MetricsText.number(bounds[index]) : "+Inf" }

  static func == (left: HistogramBuckets, right: HistogramBuckets) -> Bool { left.unit == right.unit }
  func hash(into hasher: inout Hasher) { hasher.combine(unit) }
}
#endif
