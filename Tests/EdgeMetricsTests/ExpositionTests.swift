#if Networking
import Metrics
import Testing

@testable import EdgeMetrics

/// The page without HELP and TYPE lines.
func samples(_ metrics: PrometheusMetrics) -> [String] {
  page(metrics).filter { !$0.hasPrefix("#") && !$0.hasPrefix(SeriesRegistry.droppedName) }
}

func page(_ metrics: PrometheusMetrics) -> [String] {
  var page = MetricsText()
  metrics.write(to: &page)
  return page.text.split(separator: "\n").map(String.init)
}

func dropped(_ metrics: PrometheusMetrics) -> [String: String] {
  let prefix = SeriesRegistry.droppedName + "{reason=\""
  let pairs = page(metrics).filter { $0.hasPrefix(prefix) }.map { line in
    let parts = line.dropFirst(prefix.count).split(separator: "\"")
    return (String(parts[0]), String(parts[1].drop { $0 == "}" || $0 == " " }))
  }
  return Dictionary(uniqueKeysWithValues: pairs)
}

@Suite struct ExpositionTests {
  let metrics = PrometheusMetrics()

  @Test("a counter rises by what is added, and never falls")
  func counter() {
    let counter = Counter(label: "requests_total", factory: metrics)
    counter.increment()
    counter.increment(by: 41)
    counter.increment(by: -5)
    #expect(samples(metrics) == ["requests_total 42"])
    counter.reset()
    #expect(samples(metrics) == ["requests_total 0"])
  }

  @Test("a counter of whole numbers is exact beyond 2^53")
  func wideCounter() {
    let counter = Counter(label: "bytes_total", factory: metrics)
    counter.increment(by: Int64.max)
    counter.increment(by: 2)
    #expect(samples(metrics) == ["bytes_total 9223372036854775809"])
  }

  @Test("a floating point counter keeps fractions and ignores what is no amount")
  func floatingPointCounter() {
    let counter = FloatingPointCounter(label: "seconds_total", factory: metrics)
    for amount in [0.25, 1.5, -1, .nan, .infinity] { counter.increment(by: amount) }
    #expect(samples(metrics) == ["seconds_total 1.75"])
  }

  @Test("gauges and meters show the last value, meters also go up and down from it")
  func gauges() {
    Gauge(label: "queue", factory: metrics).record(17)
    let meter = Meter(label: "temperature", factory: metrics)
    meter.set(20.5)
    meter.increment(by: 1)
    meter.decrement(by: 0.25)
    #expect(samples(metrics) == ["queue 17", "temperature 21.25"])
    meter.set(Double.nan)
    #expect(samples(metrics).last == "temperature NaN")
    meter.set(-Double.infinity)
    #expect(samples(metrics).last == "temperature -Inf")
  }

  @Test("a timer is a histogram in seconds, a value on a bound belongs to the bound's bucket")
  func timer() {
    let timer = Timer(label: "commit_seconds", dimensions: [("kind", "put")], factory: metrics)
    timer.recordMicroseconds(50)
    timer.recordNanoseconds(50_001)
    timer.recordMilliseconds(3)
    timer.recordSeconds(60)
    let lines = samples(metrics)
    #expect(lines.count == 20)
    #expect(lines.first == #"commit_seconds_bucket{kind="put",le="5e-05"} 1"#)
    #expect(lines.contains(#"commit_seconds_bucket{kind="put",le="0.0001"} 2"#))
    #expect(lines.contains(#"commit_seconds_bucket{kind="put",le="0.0025"} 2"#))
    #expect(lines.contains(#"commit_seconds_bucket{kind="put",le="0.005"} 3"#))
    #expect(lines.contains(#"commit_seconds_bucket{kind="put",le="10"} 3"#))
    #expect(lines.contains(#"commit_seconds_bucket{kind="put",le="+Inf"} 4"#))
    #expect(lines.contains { $0.hasPrefix(#"commit_seconds_sum{kind="put"} 60.0031"#) })
    #expect(lines.last == #"commit_seconds_count{kind="put"} 4"#)
    #expect(page(metrics).first == "# TYPE commit_seconds histogram")
  }

  @Test("an aggregating recorder is a histogram of powers of four, and ignores what has no size")
  func recorder() {
    let recorder = Recorder(label: "batch", factory: metrics)
    for value in [0, 1, 5, 1024, 5e9, .nan, .infinity] { recorder.record(value) }
    let lines = samples(metrics)
    #expect(lines.first == #"batch_bucket{le="1"} 2"#)
    #expect(lines.contains(#"batch_bucket{le="16"} 3"#))
    #expect(lines.contains(#"batch_bucket{le="1024"} 4"#))
    #expect(lines.contains(#"batch_bucket{le="4294967296"} 4"#))
    #expect(lines.suffix(3) == [#"batch_bucket{le="+Inf"} 5"#, "batch_sum 5000001030", "batch_count 5"])
  }

  @Test("families come in order of names under one TYPE line, with HELP where it was described")
  func families() {
    var configuration = PrometheusMetrics.Configuration()
    configuration.descriptions = ["b_total": "Two\nlines, a \\ and a \"quote\"."]
    let metrics = PrometheusMetrics(configuration: configuration)
    Counter(label: "b.total", dimensions: [("x", "2")], factory: metrics).increment()
    Counter(label: "b_total", dimensions: [("x", "1")], factory: metrics).increment()
    Gauge(label: "a", factory: metrics).record(1)
    #expect(
      page(metrics).prefix(6) == [
        "# TYPE a gauge", "a 1", #"# HELP b_total Two\nlines, a \\ and a "quote"."#, "# TYPE b_total counter",
        #"b_total{x="1"} 1"#, #"b_total{x="2"} 1"#,
      ])
  }

  @Test("names become what Prometheus takes, values of labels are escaped, order of labels does not matter")
  func escaping() {
    let dimensions = [("z-y", "back\\slash"), ("path", "a \"quote\"\nand a line"), ("1st", "ä")]
    Counter(label: "9.lives-lost/ö", dimensions: dimensions, factory: metrics).increment()
    Counter(label: "9.lives-lost/ö", dimensions: dimensions.reversed(), factory: metrics).increment()
    #expect(
      samples(metrics) == [#"_9_lives_lost___{_1st="ä",path="a \"quote\"\nand a line",z_y="back\\slash"} 2"#])
    Counter(label: "", factory: metrics).increment()
    #expect(samples(metrics).first == "_ 1")
  }

  @Test("a page has each family and each series once, whatever is added to it")
  func pageWithoutDoubles() {
    var page = MetricsText()
    page.add("size", .gauge, help: "", samples: [.init(1, labels: [("a", "b")]), .init(2, labels: [("a", "b")])])
    page.add("size", .counter, help: "again", value: 3)
    page.add("le_label", .gauge, help: "", samples: [.init(1, labels: [("le", "1")])])
    #expect(page.text == "# TYPE size gauge\nsize{a=\"b\"} 1\n# TYPE le_label gauge\n")
  }
}
#endif
