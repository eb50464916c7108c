#if Networking
import NIOCore

/// Whether a peer pings more often than the server allows, by gRPC's keepalive rules (proposal A8): a ping that comes
/// too soon after the last is a strike; whatever is sent in answer to calls forgives, since peers also ping to measure
/// the path while data flows: Go's client once for each round trip in which it got any, long after it was sent.
struct PingStrikes {
  private let minimumInterval: TimeAmount
  private let allowed: Int
  private var last: NIODeadline?
  private var strikes = 0
  /// Pings that the data on its way to the peer may cause.
  private var expected = 0

  private static let bytesPerPing = 4 << 10
  private static let maximumExpected = 1_000

  init(minimumInterval: TimeAmount, allowed: Int = 2) {
    self.minimumInterval = minimumInterval
    self.allowed = allowed
  }

  mutating func sentFrames() {
    strikes = 0
    last = nil
  }

  mutating func sentData(_ bytes: Int) {
    sentFrames()
    expected = min(expected + bytes / Self.bytesPerPing, Self.maximumExpected)
  }

  /// - Returns: whether the peer has gone too far.
  mutating func receivedPing(at now: NIODeadline) -> Bool {
    defer { last = now }
    guard let last, now - last < minimumInterval else { return false }
    if expected > 0 {
      expected -= 1
      return false
    }
    strikes += 1
    return strikes > allowed
  }
}
#endif
