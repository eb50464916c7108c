#if Networking && SQLite && YAML && canImport(Glibc)
import Glibc
import Testing

/// The built `kubeedge-topology`, run as a user runs it.
struct Program {
  let path: String
  let directory: String
  let manifests: String

  struct Result {
    var status: Int32
    /// Standard output and standard error together.
    var output: String
  }

  /// The program stands beside the test bundle.
  init(file: String = #filePath) throws {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/kubeedge-topology"
    try #require(access(path, X_OK) == 0, "the executable is not built: \(path)")
    manifests =
      file.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Examples/KubeEdgeTopology/manifests"
    var template = Array("/tmp/kubeedge-topology-tests.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    directory = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func write(_ text: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    _ = Glibc.write(descriptor, Array(text.utf8), text.utf8.count)
  }

  func run(_ arguments: [String], timeout: Duration = .seconds(200)) async -> Result {
    let log = "\(directory)/output"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    var pid: pid_t = -1
    guard posix_spawn(&pid, path, &actions, nil, &argv, environ) == 0 else {
      return Result(status: -1, output: "not started")
    }
    var status: Int32 = 0
    let deadline = ContinuousClock.now + timeout
    while waitpid(pid, &status, WNOHANG) == 0 {
      if ContinuousClock.now > deadline { kill(pid, SIGKILL) }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return Result(status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, output: read(log))
  }

  private func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: content, as: UTF8.self) }
      content += buffer[..<count]
    }
  }
}
#endif
