#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where wall-clock time comes from. Delays use a `Clock`; only values that people or peers read use this one, because
/// wall time may jump.
public protocol WallClock: Sendable {
  func now() -> Timestamp
}

/// The machine's real-time clock.
public struct SystemWallClock: WallClock {
  public init() {}

  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanosecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
