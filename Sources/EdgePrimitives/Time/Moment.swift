/// One reading of both clocks: what people read and what delays are measured with.
///
/// Machines that write timestamps and keep deadlines take a moment as an input; only ``elapsed`` is safe for deadlines,
/// because wall time may jump.
public struct Moment: Hashable, Sendable {
  public var wall: Timestamp
  /// Monotonic time since an arbitrary start, the same for one run of a program.
  public var elapsed: Duration

  public init(wall: Timestamp, elapsed: Duration) {
    self.wall = wall
    self.elapsed = elapsed
  }
}
