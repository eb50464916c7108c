import Foundation

/// What the kernel knows of a running process.
struct ProcessFigures: Sendable {
  /// Time on the processor, in milliseconds.
  let cpuMilliseconds: Double
  let residentBytes: Double
  let peakResidentBytes: Double
  /// Bytes that it caused to be written to disks.
  let writtenBytes: Double

  init?(_ pid: Int32) {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    // The name of the program, in parentheses, may hold spaces.
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
    cpuMilliseconds = (user + system) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
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
