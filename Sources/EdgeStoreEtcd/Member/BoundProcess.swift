#if Networking && canImport(Glibc)
import CEdgeProcess
import Glibc
import NIOPosix
import Synchronization

/// A child process that cannot outlive this one: the kernel kills it when this process ends, however it ends.
///
/// The kernel ties that to the thread that started the child, so there is one thread for each child, which reads what the
/// child prints and waits for its end.
final class BoundProcess: Sendable {
  enum Exit: Hashable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    var description: String {
      switch self {
      case .code(let code): "exit code \(code)"
      case .signal(let signal): "signal \(signal)"
      }
    }
  }

  private enum State {
    case idle
    case running(pid: Int32)
    case over
  }

  private let executable: String
  private let arguments: [String]
  private let environment: [String: String]
  private let directory: String
  private let state = Mutex(State.idle)
  private let isTerminated = Mutex(false)

  /// Longer lines are told in pieces.
  private static let maximumLineBytes = 16 << 10

  init(executable: String, arguments: [String], environment: [String: String], directory: String) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  var processID: Int32? { state.withLock { if case .running(let pid) = $0 { pid } else { nil } } }

  /// Starts the process and returns when it has ended. Call it once.
  /// - Parameter onLine: gets each line of its output, on a thread that may wait.
  /// - Throws: ``EtcdClusterError`` when it cannot be started.
  func run(onLine: @escaping @Sendable (String) -> Void) async throws -> Exit {
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    let result: Result<Exit, any Error>
    do {
      result = .success(try await thread.runIfActive { try self.runOnThread(onLine) })
    } catch {
      result = .failure(error)
    }
    try await thread.shutdownGracefully()
    return try result.get()
  }

  /// Asks the process to end, as soon as it runs.
  func terminate() {
    isTerminated.withLock { $0 = true }
    signal(SIGTERM)
  }

  /// Sends a signal if the process runs.
  func signal(_ signal: Int32) {
    // Under the lock the process has not been waited for, so its id cannot be another's.
    state.withLock { state in
      if case .running(let pid) = state { kill(pid, signal) }
    }
  }

  private func runOnThread(_ onLine: (String) -> Void) throws -> Exit {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Self.failure("cannot make a pipe", errno) }
    // What is started here closes all it does not know; this is for children that others start.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var pid: Int32 = -1
    let error = withCStrings([executable] + arguments) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }.sorted()) { environment in
        edge_spawn_bound(executable, arguments, environment, directory, ends[1], SIGKILL, &pid)
      }
    }
    close(ends[1])
    guard error == 0 else { throw Self.failure("cannot start \(executable)", error) }
    state.withLock { $0 = .running(pid: pid) }
    if isTerminated.withLock({ $0 }) { signal(SIGTERM) }
    Self.readLines(ends[0], onLine)
    // Seen to have ended, but not yet waited for: until the state says so its id stays its own.
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    state.withLock { $0 = .over }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    // wait(2): the low seven bits hold the signal, the next byte the code.
    return status & 0x7F == 0 ? .code((status >> 8) & 0xFF) : .signal(status & 0x7F)
  }

  private static func readLines(_ descriptor: Int32, _ onLine: (String) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 8 << 10)
    var line: [UInt8] = []
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      for byte in buffer[..<count] {
        if byte == UInt8(ascii: "\n") || line.count >= maximumLineBytes {
          onLine(String(decoding: line, as: UTF8.self))
          line.removeAll(keepingCapacity: true)
        }
        if byte != UInt8(ascii: "\n") { line.append(byte) }
      }
    }
    if !line.isEmpty { onLine(String(decoding: line, as: UTF8.self)) }
  }

  private static func failure(_ what: String, _ error: Int32) -> EtcdClusterError {
    EtcdClusterError(.notRunnable, "\(what): \(String(cString: strerror(error)))")
  }
}

/// Calls `body` with a NULL-terminated array of C strings, which live as long as the call.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
    return body(base)
  }
}
#endif
