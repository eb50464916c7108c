import EdgePrimitives

/// Times as Kubernetes writes them, `2026-11-23T01:02:03Z` and `2026-11-23T01:02:03.000004Z`, read eight bytes a step. Every
/// other form, good or bad, is left to the reader that goes byte by byte and knows what to say.
struct CanonicalTime {
  let seconds: Int64
  let nanoseconds: Int32

  init?(_ bytes: UnsafeBufferPointer<UInt8>, fraction: RFC3339Text.Fraction) {
    let hasFraction = bytes.count == 27
    guard hasFraction || (bytes.count == 20 && fraction == .optional) else { return nil }
    guard bytes[bytes.count &- 1] == UInt8(ascii: "Z") else { return nil }
    // Sound: all loads lie within the 20 or 27 bytes.
    let raw = UnsafeRawBufferPointer(bytes)
    guard let date = DigitLanes(raw, at: 0, digits: 0x00FF_FF00_FFFF_FFFF, separators: 0x2D00_002D_0000_0000),
      let clock = DigitLanes(raw, at: 8, digits: 0xFFFF_00FF_FF00_FFFF, separators: 0x0000_3A00_0054_0000),
      // `MM:SS`, so that no byte behind a short text is read.
      let second = DigitLanes(raw, at: 11, digits: 0xFFFF_00FF_FF00_FFFF, separators: 0x0000_3A00_003A_0000)
    else { return nil }
    let year = date[0] &* 1_000 &+ date[1] &* 100 &+ date[2] &* 10 &+ date[3]
    let (month, day) = (date.pair(5), clock.pair(0))
    let (hour, minute, seconds) = (clock.pair(3), clock.pair(6), second.pair(6))
    guard month &- 1 < 12, month > 0, hour < 24, minute < 60, seconds < 60, day > 0,
      day <= 28 || day <= CivilDate.daysIn(month: month, year: year)
    else { return nil }
    if hasFraction {
      guard bytes[19] == UInt8(ascii: "."),
        // The last byte is the Z, which was looked at before.
        let digits = DigitLanes(raw, at: 19, digits: 0x00FF_FFFF_FFFF_FF00, separators: 0x5A00_0000_0000_002E)
      else { return nil }
      let micros = digits.pair(1) &* 10_000 &+ digits.pair(3) &* 100 &+ digits.pair(5)
      nanoseconds = Int32(truncatingIfNeeded: micros &* 1_000)
    } else {
      nanoseconds = 0
    }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    self.seconds = days &* 86_400 &+ hour &* 3_600 &+ minute &* 60 &+ seconds
  }
}

/// Eight bytes of which some must be digits and the others given characters.
private struct DigitLanes {
  /// The digits' values.
  private let word: UInt64

  /// - Parameter digits: all bits of the lanes that hold digits; the first byte is the lowest lane.
  @inline(__always)
  init?(_ raw: UnsafeRawBufferPointer, at offset: Int, digits: UInt64, separators: UInt64) {
    let loaded = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    guard loaded & ~digits == separators else { return nil }
    let values = (loaded ^ 0x3030_3030_3030_3030) & digits
    // Ten and more reach the top bit when 118 is added.
    guard (values | (values &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0 else { return nil }
    word = values
  }

  @inline(__always)
  subscript(lane: UInt64) -> Int64 { Int64(truncatingIfNeeded: word &>> (lane &* 8) & 0x0F) }

  @inline(__always)
  func pair(_ lane: UInt64) -> Int64 { self[lane] &* 10 &+ self[lane &+ 1] }
}
