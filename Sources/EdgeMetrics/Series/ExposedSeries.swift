#if Networking
/// One series of a family. Updates come from any thread at any rate, so they are atomics and never wait.
protocol ExposedSeries: AnyObject, Sendable {
  var identity: SeriesIdentity { get }
  func write(to page: inout MetricsText)
}

struct SeriesIdentity: Sendable, Hashable {
  var name: String
  var labels: LabelSet
}
#endif
