#if Networking
/// The fields of `/proc/self/stat` that are exposed (proc(5)).
struct ProcStat: Equatable {
  var cpuTicks: UInt64
  /// Since the machine's boot.
  var startTicks: UInt64
  var virtualBytes: UInt64
  var residentPages: UInt64

  init?(line: String) {
    // The program's name stands in parentheses and may hold blanks and parentheses itself.
    guard let nameEnd = line.lastIndex(of: ")") else { return nil }
    let fields = line[line.index(after: nameEnd)...].split(separator: " ")
    /// By the numbers of proc(5); the first field after the name is number 3.
    func field(_ number: Int) -> UInt64? { number - 3 < fields.count ? UInt64(fields[number - 3]) : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23),
      let resident = field(24)
    else { return nil }
    cpuTicks = user &+ system
    startTicks = start
    virtualBytes = virtual
    residentPages = resident
  }

  /// The time of the boot in seconds since 1970, from `/proc/stat`.
  static func bootSeconds(_ text: String) -> UInt64? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("btime ") }
    return line.flatMap { UInt64($0.dropFirst("btime ".count)) }
  }

  /// The soft limit of open files, from `/proc/self/limits`.
  static func maximumDescriptors(_ text: String) -> Double? {
    let label = "Max open files"
    let line = text.split(separator: "\n").first { $0.hasPrefix(label) }
    guard let soft = line?.dropFirst(label.count).split(separator: " ").first else { return nil }
    return soft == "unlimited" ? .infinity : Double(soft)
  }
}
#endif
