#if Networking
import Metrics

/// Takes the updates of a series that was not admitted, and forgets them.
final class DroppedSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
  static let shared = DroppedSeries()

  func increment(by amount: Int64) {}
  func increment(by amount: Double) {}
  func decrement(by amount: Double) {}
  func reset() {}
  func set(_ value: Int64) {}
  func set(_ value: Double) {}
  func record(_ value: Int64) {}
  func record(_ value: Double) {}
  func recordNanoseconds(_ duration: Int64) {}
}

/// Why a series was not admitted.
enum DropReason: String, CaseIterable {
  /// There are as many series as there may be.
  case limit
  /// Its name belongs to a family of another kind, or to a part of a histogram.
  case kind
  /// Its labels are too long, come twice, or have a reserved name.
  case labels
}
#endif
