#if Networking && canImport(Glibc)
import CEdgeProcess
import Dispatch
import Glibc
import Synchronization

/// The embedded default runtime: a container is a supervised process group of this machine.
///
/// Processes outlive the agent on purpose. When it starts again it finds them by their environment and supervises them
/// as before; only their exit code is lost, because the kernel hands that to a parent alone.
/// Exits are events (a pidfd in the Dispatch queue's epoll set): nothing polls.
public final class ProcessRuntime: Sendable {
  /// Called once for each process that ended, on the runtime's queue; it must not block.
  public typealias ExitHandler = @Sendable (ContainerID, ProcessExit) -> Void

  private let queue = DispatchQueue(label: "edge.process-runtime")
  private let processes = Mutex<[ContainerID: Supervised]>([:])
  private let onExit: ExitHandler

  // Sound although a dispatch source is not marked Sendable: it may be used from any thread, and it is only held here.
  private struct Supervised: @unchecked Sendable {
    let pid: Int32
    let isChild: Bool
    // Keeps the source alive; its own handler cancels it when the exit has been seen.
    let source: any DispatchSourceRead
  }

  public init(onExit: @escaping ExitHandler) { self.onExit = onExit }

  /// Starts the process and returns its id.
  /// - Throws: ``ProcessError``; nothing runs then.
  public func start(_ spec: ProcessSpec) throws(ProcessError) -> Int32 {
    let log = open(spec.logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard log >= 0 else {
      throw ProcessError(code: .preparation, message: "cannot open the log \(spec.logPath): \(lastErrorText())")
    }
    defer { close(log) }
    var environment = spec.environment
    environment[ContainerID.environmentName] = spec.id.description
    let argumentList = CStringList([spec.executable] + spec.arguments)
    let environmentList = CStringList(environment.map { "\($0.key)=\($0.value)" }.sorted())
    defer {
      argumentList.free()
      environmentList.free()
    }
    var pid: Int32 = -1
    var failedMount: Int32 = -1
    let mounts = CMountList(spec.mounts)
    defer { mounts.free() }
    let error =
      spec.mounts.isEmpty
      ? edge_spawn(
        spec.executable, argumentList.pointers, environmentList.pointers, spec.workingDirectory, log, &pid)
      : edge_spawn_mounted(
        spec.executable, argumentList.pointers, environmentList.pointers, spec.workingDirectory, log, mounts.pointers,
        Int32(spec.mounts.count), &failedMount, &pid)
    guard error == 0 else {
      if spec.mounts.indices.contains(Int(failedMount)) {
        let needs = error == EPERM ? " (the agent needs CAP_SYS_ADMIN to mount volumes)" : ""
        throw ProcessError(
          code: .notMounted,
          message: "\(spec.mounts[Int(failedMount)].target): \(String(cString: strerror(error)))\(needs)")
      }
      let text = "\(spec.executable): \(String(cString: strerror(error)))"
      switch error {
      case ENOENT, EACCES, ENOEXEC, ENOTDIR, ELOOP: throw ProcessError(code: .notRunnable, message: text)
      default: throw ProcessError(code: .refused, message: text)
      }
    }
    supervise(spec.id, pid: pid, isChild: true)
    return pid
  }

  /// Finds the processes that an earlier run of this node's agent started and that are still alive, and supervises them.
  public func adoptSurvivors(ofNode node: String) -> [ContainerID: SurvivingProcess] {
    var found: [ContainerID: SurvivingProcess] = [:]
    for (id, process) in ProcessTable.containerLeaders() where id.node == node {
      let isNew = processes.withLock { $0[id] == nil }
      guard isNew else { continue }
      found[id] = process
      supervise(id, pid: process.pid, isChild: false)
    }
    return found
  }

  /// Sends a signal to the whole process group of the container; false when it no longer runs.
  @discardableResult
  public func signal(_ id: ContainerID, _ signal: Int32) -> Bool {
    guard let pid = processes.withLock({ $0[id]?.pid }) else { return false }
    return kill(-pid, signal) == 0
  }

  public func isRunning(_ id: ContainerID) -> Bool { processes.withLock { $0[id] != nil } }

  public var runningContainers: [ContainerID: Int32] { processes.withLock { $0.mapValues(\.pid) } }

  private func supervise(_ id: ContainerID, pid: Int32, isChild: Bool) {
    let descriptor = edge_pidfd_open(pid)
    guard descriptor >= 0 else {
      // The process is gone already (adopted ones may end between the scan and here; a child stays a zombie, whose pidfd
      // can still be opened). Report it from the queue, so that the caller has returned first.
      queue.async { [onExit] in onExit(id, isChild ? Self.reap(pid) : .unknown) }
      return
    }
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { [self] in
      source.cancel()
      processes.withLock { _ = $0.removeValue(forKey: id) }
      // What the leader left behind in its group would keep ports and files busy for the next attempt.
      kill(-pid, SIGKILL)
      onExit(id, isChild ? Self.reap(pid) : .unknown)
    }
    source.setCancelHandler { close(descriptor) }
    processes.withLock { $0[id] = Supervised(pid: pid, isChild: isChild, source: source) }
    source.resume()
  }

  private static func reap(_ pid: Int32) -> ProcessExit {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      if errno != EINTR { return .unknown }
    }
    // wait(2): the low seven bits hold the signal, the next byte the code.
    return status & 0x7F == 0 ? .exited(code: (status >> 8) & 0xFF) : .signalled(status & 0x7F)
  }
}

/// A NULL-terminated array of C strings.
private struct CStringList {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[strings.count] = nil
  }

  func free() {
    for index in 0..<count { Glibc.free(pointers[index]) }
    pointers.deallocate()
  }
}

private struct CMountList {
  let pointers: UnsafeMutablePointer<edge_mount>
  private let count: Int

  init(_ bindings: [VolumeBinding]) {
    count = bindings.count
    pointers = .allocate(capacity: max(1, bindings.count))
    for (index, binding) in bindings.enumerated() {
      (pointers + index).initialize(
        to: edge_mount(
          source: strdup(binding.source), target: strdup(binding.target), is_directory: binding.isDirectory ? 1 : 0,
          is_read_only: binding.isReadOnly ? 1 : 0))
    }
  }

  func free() {
    for index in 0..<count {
      Glibc.free(UnsafeMutablePointer(mutating: pointers[index].source))
      Glibc.free(UnsafeMutablePointer(mutating: pointers[index].target))
    }
    pointers.deallocate()
  }
}

func lastErrorText() -> String { String(cString: strerror(errno)) }
#endif
