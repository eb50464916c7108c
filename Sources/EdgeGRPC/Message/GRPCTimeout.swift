#if Networking
import NIOCore

/// The `grpc-timeout` header: at most eight digits and a unit.
enum GRPCTimeout {
  static func parse(_ text: String) -> TimeAmount? {
    let bytes = text.utf8
    guard bytes.count >= 2, bytes.count <= 9, let unit = bytes.last else { return nil }
    var value: Int64 = 0
    for byte in bytes.dropLast() {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    // Eight digits of hours are 3.6e20 ns; nobody waits longer than a hundred years.
    let longest: Int64 = 100 * 365 * 24 * 3600 * 1_000_000_000
    let scale: Int64
    switch unit {
    case UInt8(ascii: "n"): scale = 1
    case UInt8(ascii: "u"): scale = 1_000
    case UInt8(ascii: "m"): scale = 1_000_000
    case UInt8(ascii: "S"): scale = 1_000_000_000
    case UInt8(ascii: "M"): scale = 60_000_000_000
    case UInt8(ascii: "H"): scale = 3_600_000_000_000
    default: return nil
    }
    let (product, overflow) = value.multipliedReportingOverflow(by: scale)
    return .nanoseconds(overflow ? longest : min(product, longest))
  }

  /// The finest unit whose number fits; rounded up, so that the server never gives up before the client does.
  static func format(_ timeout: TimeAmount) -> String {
    let nanoseconds = max(timeout.nanoseconds, 1)
    let units: [(Int64, String)] = [
      (1, "n"), (1_000, "u"), (1_000_000, "m"), (1_000_000_000, "S"), (60_000_000_000, "M"), (3_600_000_000_000, "H"),
    ]
    for (scale, unit) in units {
      let value = nanoseconds / scale + (nanoseconds % scale == 0 ? 0 : 1)
      if value <= 99_999_999 { return "\(value)\(unit)" }
    }
    return "99999999H"
  }
}
#endif
