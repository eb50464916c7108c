import Foundation

/// What the kernel knows of a running process.
struct ProcessFigures: Sendable {
  /// Time on the processor of the threads there are, in milliseconds.
  let cpuMilliseconds: Double
  let residentBytes: Double
  let peakResidentBytes: Double
  /// Bytes that it caused to be written to disks.
  let writtenBytes: Double

  init?(_ pid: Int32) {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    else { return nil }
    // In nanoseconds, where the process's own account counts in hundredths of a second.
    let times = threads.map { thread in
      (try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/schedstat", encoding: .utf8))?
        .split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
    cpuMilliseconds = times.reduce(0, +) / 1e6
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
