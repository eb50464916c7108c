import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("Times and durations")
struct ScalarTests {
  @Test(
    "times are as lenient as Go's",
    arguments: [
      ("2024-01-02T3:04:05Z", "2024-01-02T03:04:05Z"), ("2024-01-02T03:04:05,123456789987Z", "2024-01-02T03:04:05Z"),
      ("2024-01-02T03:04:05+24:60", "2024-01-01T02:04:05Z"), ("0000-02-29T00:00:00Z", "0000-02-29T00:00:00Z"),
      ("9999-12-31T23:59:59-00:01", "10000-01-01T00:00:59Z"), ("0000-01-01T00:00:00+00:01", "-0001-12-31T23:59:00Z"),
    ])
  func lenient(text: String, expected: String) throws {
    #expect(try MetaTime(parsing: text).description == expected)
  }

  @Test(
    "what is no time is refused for its reason",
    arguments: [
      ("2024-01-02T25:04:05Z", TimeError.Code.outOfRange), ("2023-02-29T00:00:00Z", .outOfRange),
      ("2024-01-02T03:04:05+25:00", .outOfRange), ("2024-01-02T03:04:05.Z", .malformed),
      ("2024-01-02T03:04:05ZZ", .malformed), ("2024-1-02T03:04:05Z", .malformed), ("2024-01-02T03:04:05.1", .malformed),
      ("2024-00-02T03:04:05Z", .outOfRange), ("2024-01-00T03:04:05Z", .outOfRange),
      ("２024-01-02T03:04:05Z", .malformed),
    ])
  func refused(text: String, code: TimeError.Code) {
    let error = #expect(throws: TimeError.self) { try MetaTime(parsing: text) }
    #expect(error?.code == code)
  }

  @Test("micro times have six digits, no more and no less")
  func microTimes() throws {
    let text = "2026-11-23T01:02:03.000004Z"
    let time = try MicroTime(parsing: text)
    #expect(time.nanoseconds == 4_000)
    #expect(time.description == text)
    #expect(try MicroTime(parsing: "2026-11-23T02:02:03,000004+01:00") == time)
    for text in ["2026-11-23T01:02:03.00004Z", "2026-11-23T01:02:03.0000004Z", "2026-11-23T01:02:03Z"] {
      #expect(throws: TimeError.self) { try MicroTime(parsing: text) }
    }
  }

  @Test("the quick way and the byte-by-byte way read the same instants, and both are read back")
  func agreement() throws {
    let seed = UInt64.random(in: .min ... .max)
    var state = seed
    func random(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    for _ in 0..<10_000 {
      let seconds = Int64(random(1 << 31) << 8 | random(256)) % 315_537_897_600 - 62_135_596_800
      let time = MicroTime(seconds: seconds, nanoseconds: Int32(random(1_000_000)) * 1_000)
      let text = time.description
      #expect(try MicroTime(parsing: text) == time, "seed \(seed)")
      // An offset takes the other way.
      #expect(try MicroTime(parsing: String(text.dropLast()) + "+00:00") == time, "seed \(seed)")
      let whole = MetaTime(seconds: seconds)
      #expect(try MetaTime(parsing: whole.description) == whole, "seed \(seed)")
      #expect(try MetaTime(parsing: text) == MetaTime(seconds: seconds, nanoseconds: time.nanoseconds), "seed \(seed)")
      if (1_700...2_200).contains(Int(text.prefix(4)) ?? 0) {
        #expect(Timestamp(rfc3339: text) == time.timestamp, "seed \(seed)")
        #expect(MicroTime(time.timestamp) == time, "seed \(seed)")
      }
    }
  }

  @Test("the zero time is a value and null in JSON, and timestamps saturate at their ends")
  func zero() throws {
    #expect(MetaTime.zero.description == "0001-01-01T00:00:00Z")
    #expect(MetaTime.zero.json == .null)
    #expect(try MetaTime(json: .null) == .zero)
    #expect(MetaTime.zero.timestamp == Timestamp(nanosecondsSinceEpoch: .min))
    #expect(MetaTime(seconds: 253_402_300_799).timestamp == Timestamp(nanosecondsSinceEpoch: .max))
    #expect(MetaTime(seconds: 1, nanoseconds: -1) == MetaTime(seconds: 0, nanoseconds: 999_999_999))
  }

  @Test(
    "durations at the ends of 64 bits",
    arguments: [
      ("-9223372036854775808ns", Int64.min), ("9223372036854775807ns", .max), ("-2562047h47m16.854775808s", .min),
      (".5m", 30_000_000_000), ("+1.s", 1_000_000_000), ("0.100000000000000000000000h", 360_000_000_000),
    ])
  func durations(text: String, nanoseconds: Int64) throws {
    let duration = try GoDuration(parsing: text)
    #expect(duration.nanoseconds == nanoseconds)
    #expect(try GoDuration(parsing: duration.description) == duration)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "9223372036854775808ns", "-9223372036854775809ns", ".s", "1", "-", "1s-1s", "1é", "2562047h48m", "1.5.5s",
    ])
  func refusedDurations(text: String) {
    #expect(throws: TimeError.self) { try GoDuration(parsing: text) }
  }
}
