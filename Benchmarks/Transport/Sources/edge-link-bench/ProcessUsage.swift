import Glibc

/// What this process has used so far.
struct ProcessUsage {
  /// User and system time of all threads, in seconds.
  let cpu: Double
  /// Memory that stands in RAM now, in bytes.
  let resident: Int
  /// What of that belongs to files: the program and its libraries, shared with whoever runs them too.
  let fileBacked: Int

  static func now() -> ProcessUsage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    let memory = memoryBytes()
    return ProcessUsage(
      cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), resident: memory.resident, fileBacked: memory.fileBacked)
  }

  private static func memoryBytes() -> (resident: Int, fileBacked: Int) {
    guard let file = fopen("/proc/self/statm", "r") else { return (0, 0) }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return (0, 0) }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = text.split(separator: " ").compactMap { Int($0) }
    guard pages.count > 2 else { return (0, 0) }
    let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    return (pages[1] * pageBytes, pages[2] * pageBytes)
  }
}

/// Monotonic seconds.
func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
