import Foundation

/// What the figures were taken on; without it they say nothing.
struct Machine: Sendable {
  let processor: String
  let cores: Int
  let kernel: String
  let fileSystem: String
  /// A write of 4 KiB and its fsync, the middle of 200, in milliseconds.
  let fsyncMilliseconds: Double
  let loadBefore: String

  init(directory: String) throws {
    let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    processor =
      cpu.split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
    cores = ProcessInfo.processInfo.activeProcessorCount
    kernel =
      (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    fileSystem = Self.fileSystem(of: directory)
    fsyncMilliseconds = try Self.fsync(in: directory)
    loadBefore = Self.load
  }

  /// Ours included once it runs: a busy machine shows before.
  static var load: String {
    (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first.map { String($0) }
      ?? "?"
  }

  private static func fileSystem(of directory: String) -> String {
    let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
    let path = URL(filePath: directory).resolvingSymlinksInPath().path
    // The mount point that is the longest beginning of the path.
    var found = (length: -1, type: "unknown")
    for mount in mounts.split(separator: "\n") {
      let fields = mount.split(separator: " ").map { String($0) }
      guard fields.count > 2 else { continue }
      let point = fields[1] == "/" ? "/" : fields[1] + "/"
      if "\(path)/".hasPrefix(point), point.count > found.length { found = (point.count, fields[2]) }
    }
    return found.type
  }

  private static func fsync(in directory: String) throws -> Double {
    let path = directory + "/fsync-probe"
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Options.Misuse(description: "\(directory) cannot be written to") }
    defer {
      close(descriptor)
      unlink(path)
    }
    let page = [UInt8](repeating: 7, count: 4096)
    var times: [Double] = []
    for _ in 0..<200 {
      let start = ContinuousClock.now
      _ = write(descriptor, page, page.count)
      fdatasync(descriptor)
      times.append((ContinuousClock.now - start).milliseconds)
    }
    return times.median
  }
}

extension Duration {
  var milliseconds: Double { self / .milliseconds(1) }
  var inSeconds: Double { self / .seconds(1) }
}

extension [Double] {
  /// The middle one; of an even number the lower of the two.
  var median: Double { isEmpty ? .nan : sorted()[(count - 1) / 2] }

  func quantile(_ fraction: Double) -> Double {
    isEmpty ? .nan : sorted()[Swift.min(count - 1, Int(Double(count) * fraction))]
  }
}
