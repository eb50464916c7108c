#if Networking && canImport(Glibc)
import Glibc

/// A look at /proc, made once when the agent starts.
enum ProcessTable {
  /// The process group leaders that carry a container id. Children inherit the variable, so only leaders count.
  static func containerLeaders() -> [(id: ContainerID, process: SurvivingProcess)] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [(ContainerID, SurvivingProcess)] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let pid = Int32(name), getpgid(pid) == pid else { continue }
      // An environment is at most a few hundred KiB; ours comes from `ProcessSpec` and is far smaller.
      guard let environment = readFile("/proc/\(pid)/environ", limit: 1 << 20), !isZombie(pid),
        let id = variable(ContainerID.environmentName, in: environment).flatMap({ ContainerID(parsing: $0) })
      else { continue }
      let podIP = variable(ProcessSpec.podIPEnvironmentName, in: environment) ?? ""
      found.append((id, SurvivingProcess(pid: pid, podIP: podIP)))
    }
    return found
  }

  private static func variable(_ name: String, in environment: [UInt8]) -> String? {
    let prefix = Array("\(name)=".utf8)
    let variable = environment.split(separator: 0).first { $0.starts(with: prefix) }
    return variable.map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }

  private static func isZombie(_ pid: Int32) -> Bool {
    guard let stat = readFile("/proc/\(pid)/stat", limit: 4096), let end = stat.lastIndex(of: UInt8(ascii: ")")),
      end + 2 < stat.count
    else { return true }
    return stat[end + 2] == UInt8(ascii: "Z")
  }
}

/// A process that an earlier agent started, and what its environment tells of its pod.
public struct SurvivingProcess: Hashable, Sendable {
  public let pid: Int32
  public let podIP: String
}

/// Reads at most `limit` bytes of a file; nil when it cannot be opened.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 16 << 10)
  while content.count < limit {
    let count = read(descriptor, &buffer, min(buffer.count, limit - content.count))
    if count < 0 && errno == EINTR { continue }
    if count <= 0 { break }
    content.append(contentsOf: buffer[..<count])
  }
  return content
}
#endif
