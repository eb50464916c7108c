#if Networking && SQLite && YAML
import Glibc

/// One process of the demo: this same program with another subcommand.
final class DemoProcess {
  let name: String
  let pid: pid_t
  private let outputPath: String
  private(set) var hasEnded = false
  private var status: Int32 = 0

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts the program. Its standard output goes to `<directory>/<name>.out`, its log to `<name>.log`.
  init(_ name: String, _ arguments: [String], directory: String) throws {
    self.name = name
    outputPath = "\(directory)/\(name).out"
    let logPath = "\(directory)/\(name).log"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o640)
    posix_spawn_file_actions_addopen(&actions, 2, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o640)
    var argv: [UnsafeMutablePointer<CChar>?] = ([Terminal.executable] + arguments).map { strdup($0) } + [nil]
    defer { for pointer in argv { free(pointer) } }
    var child: pid_t = -1
    let error = posix_spawn(&child, Terminal.executable, &actions, nil, &argv, environ)
    guard error == 0 else {
      throw Failure(description: "\(name) cannot be started: \(String(cString: strerror(error)))")
    }
    pid = child
  }

  /// Waits for the READY line and returns its address.
  func ready(within timeout: Duration = .seconds(20)) async throws -> String {
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      let output = (try? Terminal.read(outputPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      for line in output.split(separator: "\n") where line.hasPrefix("READY ") { return String(line.dropFirst(6)) }
      if poll() { throw Failure(description: "\(name) ended before it was ready; see \(outputPath.dropLast(4)).log") }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Failure(description: "\(name) was not ready within \(timeout)")
  }

  func signal(_ signal: Int32) { if !hasEnded { kill(pid, signal) } }

  /// Waits for the end; the exit status is 128 + signal for a signal and nil when the time was up (it is killed then).
  func exitStatus(within timeout: Duration) async -> Int32? {
    guard await waitUntilEnded(within: timeout) else {
      await killNow()
      return nil
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  /// Kills the process at once and waits until it is gone.
  func killNow() async {
    signal(SIGKILL)
    await waitUntilEnded(within: .seconds(5))
  }

  /// Asks for a graceful stop; false when the process had to be killed after all.
  func stop(within timeout: Duration = .seconds(12)) async -> Bool {
    signal(SIGTERM)
    if await waitUntilEnded(within: timeout) { return true }
    await killNow()
    return false
  }

  @discardableResult
  private func waitUntilEnded(within timeout: Duration) async -> Bool {
    let deadline = ContinuousClock.now + timeout
    while !poll() {
      guard ContinuousClock.now < deadline else { return false }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return true
  }

  /// Whether the process has ended; collects its status.
  private func poll() -> Bool {
    if hasEnded { return true }
    hasEnded = waitpid(pid, &status, WNOHANG) == pid
    return hasEnded
  }

  var isRunning: Bool { !poll() }

  /// Resident memory in MiB.
  var residentMegabytes: Double? { Self.residentMegabytes(of: pid) }

  static func residentMegabytes(of pid: pid_t) -> Double? {
    guard let status = try? Terminal.read("/proc/\(pid)/status") else { return nil }
    for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
    }
    return nil
  }
}
#endif
