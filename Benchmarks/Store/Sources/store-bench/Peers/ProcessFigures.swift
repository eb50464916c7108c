import Foundation

/// What the kernel knows of a running process.
struct ProcessFigures: Sendable {
  /// Time on the processor, of threads that have ended too, in milliseconds.
  let cpuMilliseconds: Double
  let residentBytes: Double
  let peakResidentBytes: Double
  /// Bytes that it caused to be written to disks.
  let writtenBytes: Double

  init?(_ pid: Int32) {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
    // In nanoseconds, where /proc counts in hundredths of a second.
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    cpuMilliseconds = Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    residentBytes = Self.field("VmRSS:", status) * 1024
    peakResidentBytes = Self.field("VmHWM:", status) * 1024
    writtenBytes = Self.field("write_bytes:", (try? String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)) ?? "")
  }

  private static func field(_ name: String, _ text: String) -> Double {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      return line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first
        .flatMap { Double($0) } ?? .nan
    }
    return .nan
  }
}
