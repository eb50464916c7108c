#if Networking
import Metrics
import Synchronization

/// A swift-metrics backend whose values are read by Prometheus.
///
///     let metrics = PrometheusMetrics()
///     MetricsSystem.bootstrap(metrics)
///     try await MetricsListener(configuration: .init(port: 2381), metrics: metrics, ...).run()
///
/// Counters, meters and gauges are exposed as they are, timers as histograms in seconds, aggregating recorders as
/// histograms of powers of four. Names stay as they were given, except that `.`, `-` and other characters that
/// Prometheus does not take become `_`. The same label with the same dimensions is the same series, however often it is
/// made. Updates are atomics; only making and destroying a series takes a lock.
///
/// Bounds: ``Configuration/maximumSeries`` series, of ``Configuration/maximumLabelBytes`` bytes of labels each. A
/// further series is made, does nothing, and is counted in `edge_metrics_dropped_series_total`.
public final class PrometheusMetrics: MetricsFactory {
  public struct Configuration: Sendable {
    /// A histogram counts as one.
    public var maximumSeries = 2000
    public var maximumLabelBytes = 1024
    /// The HELP lines, by the name that is exposed.
    public var descriptions: [String: String] = [:]

    public init() {}
  }

  private let configuration: Configuration
  private let registry = Mutex(SeriesRegistry())

  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }

  /// Adds every series to a page, families in order of their names. No update waits for it.
  public func write(to page: inout MetricsText) {
    let (families, dropped) = registry.withLock { ($0.families, $0.dropped) }
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      let help = configuration.descriptions[name] ?? ""
      guard page.begin(name, family.kind.exposed, help: help) else { continue }
      for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(to: &page) }
    }
    page.add(
      SeriesRegistry.droppedName, .counter, help: "Requests for a series that was not admitted, by reason.",
      samples: DropReason.allCases.map {
        MetricsText.Sample(Double(dropped[$0] ?? 0), labels: [("reason", $0.rawValue)])
      })
  }

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, .counter) { CounterSeries($0) } ?? DroppedSeries.shared
  }

  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(label, dimensions, .counter) { CounterSeries($0) } ?? DroppedSeries.shared
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, .gauge) { GaugeSeries($0) } ?? DroppedSeries.shared
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    if !aggregate { return series(label, dimensions, .gauge) { GaugeSeries($0) } ?? DroppedSeries.shared }
    return series(label, dimensions, .histogram(.quantities)) { HistogramSeries($0, buckets: .quantities) }
      ?? DroppedSeries.shared
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions, .histogram(.seconds)) { HistogramSeries($0, buckets: .seconds) } ?? DroppedSeries.shared
  }

  public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
  public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

  private func series<Series: ExposedSeries>(
    _ label: String, _ dimensions: [(String, String)], _ kind: SeriesRegistry.Kind,
    make: (SeriesIdentity) -> Series
  ) -> Series? {
    let name = MetricName.metric(label)
    let labels = LabelSet(dimensions)
    return registry.withLock { registry in
      guard let labels, labels.text.utf8.count <= configuration.maximumLabelBytes else {
        registry.drop(.labels)
        return nil
      }
      return registry.series(
        SeriesIdentity(name: name, labels: labels), kind, maximum: configuration.maximumSeries, make: make)
    }
  }

  /// Whoever made the same series elsewhere goes on writing to it unseen: swift-metrics knows no shared ownership.
  private func destroy(_ handler: AnyObject) {
    guard let series = handler as? any ExposedSeries else { return }
    registry.withLock { $0.remove(series) }
  }
}
#endif
