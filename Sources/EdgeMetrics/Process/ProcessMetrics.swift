#if Networking
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the operating system says of this process, under the names that every Prometheus client gives it. From Linux's
/// `/proc`; what cannot be read there is left out.
public enum ProcessMetrics {
  public static func write(to page: inout MetricsText) {
    if let status = ProcStat(line: contents("/proc/self/stat")) {
      let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
      page.add(
        "process_cpu_seconds_total", .counter, help: "User and system CPU time spent, in seconds.",
        value: Double(status.cpuTicks) / ticks)
      page.add(
        "process_resident_memory_bytes", .gauge, help: "Resident memory, in bytes.",
        value: Double(status.residentPages) * Double(sysconf(Int32(_SC_PAGESIZE))))
      page.add(
        "process_virtual_memory_bytes", .gauge, help: "Virtual memory, in bytes.", value: Double(status.virtualBytes))
      if let boot = ProcStat.bootSeconds(contents("/proc/stat")) {
        page.add(
          "process_start_time_seconds", .gauge, help: "Start of the process, in seconds since 1970.",
          value: Double(boot) + Double(status.startTicks) / ticks)
      }
    }
    if let open = openDescriptors() {
      page.add("process_open_fds", .gauge, help: "Open file descriptors.", value: Double(open))
    }
    if let maximum = ProcStat.maximumDescriptors(contents("/proc/self/limits")) {
      page.add("process_max_fds", .gauge, help: "File descriptors that may be open.", value: maximum)
    }
  }

  private static let maximumBytes = 1 << 20

  /// Empty when the file cannot be read. Files of `/proc` have no size to ask for; `/proc/stat` grows with the CPUs.
  private static func contents(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while content.count < maximumBytes {
      let count = read(descriptor, &chunk, chunk.count)
      if count <= 0 { break }
      content += chunk[..<count]
    }
    return String(decoding: content, as: UTF8.self)
  }

  private static func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    // Without ".", ".." and the directory's own.
    return max(0, entries - 3)
  }
}
#endif
