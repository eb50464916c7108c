#if Networking
import Metrics

/// The last value that was set: a meter, or a recorder that does not aggregate (a gauge).
final class GaugeSeries: ExposedSeries, MeterHandler, RecorderHandler {
  let identity: SeriesIdentity
  private let current = AtomicDouble()

  init(_ identity: SeriesIdentity) { self.identity = identity }

  func set(_ value: Int64) { current.value = Double(value) }
  func set(_ value: Double) { current.value = value }
  func increment(by amount: Double) { current.add(amount) }
  func decrement(by amount: Double) { current.add(-amount) }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }

  func write(to page: inout MetricsText) {
    page.add(identity.name, labels: identity.labels.text, value: MetricsText.number(current.value))
  }
}
#endif
