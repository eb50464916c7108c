#if Networking
import CoreMetrics
import Synchronization

/// The process's metrics system for tests: sums and newest values by `name{dimension=value,...}`.
///
/// A process has one metrics system, so tests look at what was added since they began (``Mark``).
final class RecordedMetrics: MetricsFactory {
  /// Bootstraps the metrics system when it is first looked at.
  static let shared: RecordedMetrics = {
    let metrics = RecordedMetrics()
    MetricsSystem.bootstrap(metrics)
    return metrics
  }()

  private let values = Mutex<[String: Double]>([:])

  /// The sum of a counter, or the newest value of a gauge; 0 when it was never touched.
  func value(_ name: String) -> Double { values.withLock { $0[name] ?? 0 } }

  func names(startingWith prefix: String) -> [String] { values.withLock { $0.keys.filter { $0.hasPrefix(prefix) } } }

  /// Where counters stood at some moment.
  struct Mark: Sendable {
    fileprivate let values: [String: Double]
  }
  func mark() -> Mark { Mark(values: values.withLock { $0 }) }
  func added(_ name: String, since mark: Mark) -> Double { value(name) - (mark.values[name] ?? 0) }

  fileprivate func add(_ amount: Double, to name: String) { values.withLock { $0[name, default: 0] += amount } }
  fileprivate func set(_ value: Double, of name: String) { values.withLock { $0[name] = value } }

  private final class Instrument: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler,
    TimerHandler
  {
    let metrics: RecordedMetrics
    let name: String

    init(_ metrics: RecordedMetrics, _ label: String, _ dimensions: [(String, String)]) {
      self.metrics = metrics
      let words = dimensions.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
      name = words.isEmpty ? label : "\(label){\(words)}"
    }

    func increment(by amount: Int64) { metrics.add(Double(amount), to: name) }
    func increment(by amount: Double) { metrics.add(amount, to: name) }
    func reset() {}
    func set(_ value: Int64) { metrics.set(Double(value), of: name) }
    func set(_ value: Double) { metrics.set(value, of: name) }
    func decrement(by amount: Double) { metrics.add(-amount, to: name) }
    func record(_ value: Int64) { metrics.set(Double(value), of: name) }
    func record(_ value: Double) { metrics.set(value, of: name) }
    func recordNanoseconds(_ duration: Int64) { metrics.set(Double(duration), of: name) }
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    Instrument(self, label, dimensions)
  }
  func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
    Instrument(self, label, dimensions)
  }
  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    Instrument(self, label, dimensions)
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    Instrument(self, label, dimensions)
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    Instrument(self, label, dimensions)
  }
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  func destroyMeter(_ handler: any MeterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
}
#endif
