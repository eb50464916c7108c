import EdgePrimitives
import Testing

@Suite("Timestamps")
struct TimestampTests {
  @Test("the forms of Kubernetes read back as the same instant")
  func roundTrip() throws {
    let time = try #require(Timestamp(rfc3339: "2026-11-23T01:02:03.000004Z"))
    #expect(time.rfc3339 == "2026-11-23T01:02:03Z")
    #expect(time.rfc3339Micro == "2026-11-23T01:02:03.000004Z")
    #expect(Timestamp(rfc3339: time.rfc3339Micro) == time)
  }

  @Test(
    "an offset is taken off",
    arguments: [
      ("2024-01-02T03:04:05+08:00", "2024-01-01T19:04:05Z"), ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"),
    ])
  func offsets(text: String, expected: String) {
    #expect(Timestamp(rfc3339: text)?.rfc3339 == expected)
  }

  @Test(
    "what is no time is refused",
    arguments: [
      "", "2024-02-30T00:00:00Z", "2024-01-02T24:00:00Z", "2024-01-02T03:04:05", "2024-01-02 03:04:05Z",
      "2024-01-02T03:04:05.Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("days before the epoch and milliseconds round towards the past")
  func beforeEpoch() {
    let time = Timestamp(nanosecondsSinceEpoch: -1)
    #expect(time.rfc3339 == "1969-12-31T23:59:59Z")
    #expect(time.millisecondsSinceEpoch == -1)
  }

  @Test("sums saturate in place of overflowing")
  func saturation() {
    let end = Timestamp(nanosecondsSinceEpoch: .max)
    #expect(end + .seconds(1) == end)
    #expect(end - Timestamp(nanosecondsSinceEpoch: .min) > .seconds(1))
  }
}
