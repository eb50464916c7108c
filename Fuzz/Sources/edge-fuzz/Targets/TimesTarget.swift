import EdgeJSON

@testable import EdgeAPIModels

/// Times and durations come back from their texts; every number of nanoseconds is a duration.
func fuzzTimes(_ bytes: [UInt8]) {
  if bytes.count >= 8 {
    let number = bytes[..<8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let duration = GoDuration(nanoseconds: number)
    require((try? GoDuration(parsing: duration.description)) == duration, "\(duration) is not read")
    _ = MetaTime(seconds: number, nanoseconds: Int32(truncatingIfNeeded: number)).description
    _ = MicroTime(seconds: number, nanoseconds: Int32(truncatingIfNeeded: number)).description
    _ = (MetaTime(seconds: number).timestamp, duration.seconds, duration.duration)
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  if let duration = try? GoDuration(parsing: text) {
    require((try? GoDuration(parsing: duration.description)) == duration, "\(text) is written as \(duration)")
  }
  if let time = try? MetaTime(parsing: text), time.hasFourDigitYear {
    require(
      (try? MetaTime(parsing: time.description)) == MetaTime(seconds: time.seconds), "\(text) is written as \(time)")
    require(time.isZero == (time.json == .null), "\(text) and null")
  }
  if let time = try? MicroTime(parsing: text), MetaTime(seconds: time.seconds).hasFourDigitYear {
    require((try? MicroTime(parsing: time.description)) == time, "\(text) is written as \(time)")
  }
}
