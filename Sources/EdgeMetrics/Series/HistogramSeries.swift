#if Networking
import Metrics
import Synchronization

/// How often which values came: a timer, in seconds, or a recorder that aggregates.
final class HistogramSeries: ExposedSeries, TimerHandler, RecorderHandler {
  let identity: SeriesIdentity
  private let buckets: HistogramBuckets
  private let counts = InlineArray<18, Atomic<UInt64>> { _ in Atomic(0) }
  private let sum = AtomicDouble()

  init(_ identity: SeriesIdentity, buckets: HistogramBuckets) {
    self.identity = identity
    self.buckets = buckets
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  /// What is not a number, or infinite, is ignored: it would spoil the sum for good.
  func record(_ value: Double) {
    guard value.isFinite else { return }
    counts[buckets.index(of: value)].wrappingAdd(1, ordering: .relaxed)
    sum.add(value)
  }

  func write(to page: inout MetricsText) {
    let labels = identity.labels.text
    let prefix = labels.isEmpty ? "" : labels + ","
    // The total is what the buckets add up to, not a counter of its own, so that the page agrees with itself.
    var total: UInt64 = 0
    for index in 0..<HistogramBuckets.count {
      total += counts[index].load(ordering: .relaxed)
      page.add(
        identity.name + "_bucket", labels: "\(prefix)le=\"\(buckets.bound(of: index))\"", value: String(total))
    }
    page.add(identity.name + "_sum", labels: labels, value: MetricsText.number(sum.value))
    page.add(identity.name + "_count", labels: labels, value: String(total))
  }
}
#endif
