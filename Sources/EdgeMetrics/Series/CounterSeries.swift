#if Networking
import Metrics
import Synchronization

/// A number that only rises. What would lower it is ignored: a scraper takes a lower value for a restart.
final class CounterSeries: ExposedSeries, CounterHandler, FloatingPointCounterHandler {
  let identity: SeriesIdentity
  private let whole = Atomic<UInt64>(0)
  // Apart from the whole part, so that counting integers is one addition and stays exact beyond 2^53.
  private let fraction = AtomicDouble()

  init(_ identity: SeriesIdentity) { self.identity = identity }

  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
  }

  func increment(by amount: Double) {
    guard amount > 0, amount.isFinite else { return }
    fraction.add(amount)
  }

  func reset() {
    whole.store(0, ordering: .relaxed)
    fraction.value = 0
  }

  func write(to page: inout MetricsText) {
    let whole = whole.load(ordering: .relaxed)
    let fraction = fraction.value
    let value = fraction == 0 ? String(whole) : MetricsText.number(Double(whole) + fraction)
    page.add(identity.name, labels: identity.labels.text, value: value)
  }
}
#endif
