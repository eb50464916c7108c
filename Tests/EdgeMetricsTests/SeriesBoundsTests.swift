#if Networking
import Metrics
import Testing

@testable import EdgeMetrics

@Suite struct SeriesBoundsTests {
  @Test("beyond the maximum a series is dropped and counted, and its updates are harmless")
  func limit() {
    var configuration = PrometheusMetrics.Configuration()
    configuration.maximumSeries = 3
    let metrics = PrometheusMetrics(configuration: configuration)
    for node in 0..<100 { Counter(label: "seen", dimensions: [("node", "\(node)")], factory: metrics).increment() }
    for node in 0..<100 { Timer(label: "t", dimensions: [("node", "\(node)")], factory: metrics).recordSeconds(1) }
    Counter(label: "seen", dimensions: [("node", "1")], factory: metrics).increment()
    #expect(samples(metrics) == [#"seen{node="0"} 1"#, #"seen{node="1"} 2"#, #"seen{node="2"} 1"#])
    #expect(dropped(metrics) == ["limit": "197", "kind": "0", "labels": "0"])
  }

  @Test("a destroyed series is gone and makes room")
  func destruction() {
    var configuration = PrometheusMetrics.Configuration()
    configuration.maximumSeries = 1
    let metrics = PrometheusMetrics(configuration: configuration)
    let timer = Timer(label: "first", factory: metrics)
    Counter(label: "second", factory: metrics).increment()
    timer.destroy()
    timer.recordSeconds(1)
    #expect(samples(metrics).isEmpty)
    let gauge = Gauge(label: "first", factory: metrics)
    gauge.record(1)
    #expect(samples(metrics) == ["first 1"])
    timer.destroy()
    #expect(samples(metrics) == ["first 1"])
  }

  @Test("a name belongs to one kind, and the names inside a histogram to it")
  func kinds() {
    let metrics = PrometheusMetrics()
    Timer(label: "wait", factory: metrics).recordSeconds(1)
    let before = samples(metrics)
    Counter(label: "wait", factory: metrics).increment()
    Recorder(label: "wait", factory: metrics).record(1)
    Counter(label: "wait_count", factory: metrics).increment()
    Gauge(label: "sizes.sum", factory: metrics).record(1)
    Recorder(label: "sizes", factory: metrics).record(1)
    Counter(label: SeriesRegistry.droppedName, factory: metrics).increment()
    #expect(samples(metrics) == ["sizes_sum 1"] + before)
    #expect(dropped(metrics)["kind"] == "5")
  }

  @Test("labels that are too long, double or reserved drop the series")
  func labels() {
    let metrics = PrometheusMetrics()
    let bad = [
      [("a", String(repeating: "x", count: 2000))], [("a-b", "1"), ("a_b", "2")], [("le", "1")],
      [("__name__", "other")],
    ]
    for dimensions in bad { Counter(label: "c", dimensions: dimensions, factory: metrics).increment() }
    #expect(samples(metrics).isEmpty)
    #expect(dropped(metrics)["labels"] == "4")
  }

  @Test("updates and pages of many threads at once lose nothing, and every page agrees with itself")
  func concurrency() async {
    let metrics = PrometheusMetrics()
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          let timer = Timer(label: "shared_seconds", factory: metrics)
          let meter = Meter(label: "level", factory: metrics)
          for round in 0..<2_000 {
            Counter(label: "made_each_time", dimensions: [("worker", "\(worker % 2)")], factory: metrics).increment()
            timer.recordMicroseconds(round)
            meter.increment(by: 0.5)
          }
        }
      }
      group.addTask {
        for _ in 0..<50 {
          let lines = samples(metrics).filter { $0.hasPrefix("shared_seconds") }
          guard let last = lines.last, let infinite = lines.first(where: { $0.contains("+Inf") }) else { continue }
          #expect(last.split(separator: " ").last == infinite.split(separator: " ").last)
        }
      }
    }
    let lines = samples(metrics)
    #expect(
      lines.prefix(3) == ["level 8000", #"made_each_time{worker="0"} 8000"#, #"made_each_time{worker="1"} 8000"#])
    #expect(lines.last == "shared_seconds_count 16000")
  }
}
#endif
