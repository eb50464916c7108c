#if Networking && canImport(Glibc)
import EdgePrimitives
import Glibc
import Synchronization
import Testing

@testable import EdgeNodeAgent

@Suite("ProcessRuntime", .serialized) struct ProcessRuntimeTests {
  private let exits = Exits()
  private let node = "test-\(UniqueID(from: SystemEntropy()))"
  private let directory = temporaryDirectory()

  private func spec(_ script: String, container: String = "c", attempt: Int = 0) -> ProcessSpec {
    ProcessSpec(
      id: ContainerID(node: node, podUID: "pod-1", container: container, attempt: attempt), executable: "/bin/sh",
      arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "WORD": "hello"], workingDirectory: directory,
      logPath: "\(directory)/\(container).log")
  }

  private func runtime() -> ProcessRuntime {
    let exits = exits
    return ProcessRuntime { id, exit in exits.add(id, exit) }
  }

  @Test("output goes to the log, the exit code is told, the environment is the container's own")
  func runsToItsEnd() async throws {
    let spec = spec("echo $WORD; pwd; echo oops >&2; env | grep -c LD_LIBRARY_PATH; exit 3")
    _ = try runtime().start(spec)
    #expect(await exits.exit(of: spec.id) == .exited(code: 3))
    let log = readFile(spec.logPath, limit: 4096).map { String(decoding: $0, as: UTF8.self) }
    #expect(log == "hello\n\(directory)\noops\n0\n")
  }

  /// Whether this user may make a mount namespace.
  private static let mayMount = geteuid() == 0 && access("/proc/self/ns/mnt", R_OK) == 0 && unshares()

  private static func unshares() -> Bool {
    let directory = temporaryDirectory()
    var spec = ProcessSpec(
      id: ContainerID(node: "probe", podUID: "p", container: "c", attempt: 0), executable: "/bin/true", arguments: [],
      environment: [:], workingDirectory: "/", logPath: "\(directory)/log")
    spec.mounts = [
      VolumeBinding(source: directory, target: directory, isDirectory: true, isReadOnly: false, isOptional: false)
    ]
    return (try? ProcessRuntime { _, _ in }.start(spec)) != nil
  }

  @Test("mounts are seen by the process alone, within each other and read-only where asked", .enabled(if: mayMount))
  func mounts() async throws {
    let (outer, inner, file) = ("\(directory)/outer", "\(directory)/inner", "\(directory)/one.conf")
    for path in [outer, inner, "\(directory)/seen"] { mkdir(path, 0o755) }
    fclose(fopen(file, "w"))
    var spec = spec(
      """
      cd seen/deep && touch here/made && echo made; touch refused 2>/dev/null || echo read-only; ls; ls here; \
      test -f one.conf && echo one
      """)
    spec.mounts = [
      VolumeBinding(
        source: outer, target: "\(directory)/seen/deep", isDirectory: true, isReadOnly: true, isOptional: false),
      VolumeBinding(
        source: inner, target: "\(directory)/seen/deep/here", isDirectory: true, isReadOnly: false, isOptional: false),
      VolumeBinding(
        source: file, target: "\(directory)/seen/deep/one.conf", isDirectory: false, isReadOnly: true,
        isOptional: false),
    ]
    _ = try runtime().start(spec)
    #expect(await exits.exit(of: spec.id) == .exited(code: 0))
    let log = readFile(spec.logPath, limit: 4096).map { String(decoding: $0, as: UTF8.self) }
    #expect(log == "made\nread-only\nhere\none.conf\nmade\none\n")
    #expect(access("\(inner)/made", F_OK) == 0)
    #expect(access("\(directory)/seen/deep/here", F_OK) != 0)
  }

  @Test("a mount that is refused is named", .enabled(if: mayMount))
  func refusedMount() throws {
    var spec = spec("true")
    spec.mounts = [
      VolumeBinding(
        source: "\(directory)/none", target: "\(directory)/at", isDirectory: true, isReadOnly: false, isOptional: false)
    ]
    do {
      _ = try runtime().start(spec)
      Issue.record("it was not refused")
    } catch {
      #expect(error.code == .notMounted && error.message.contains("\(directory)/at"))
    }
  }

  @Test("a signal reaches the whole group, and is told as such")
  func signals() async throws {
    let runtime = runtime()
    let spec = spec("sleep 600 & echo $! > child; wait")
    _ = try runtime.start(spec)
    let child = try await eventually {
      readFile("\(directory)/child", limit: 32).flatMap { Int32(String(decoding: $0.dropLast(), as: UTF8.self)) }
    }
    #expect(runtime.signal(spec.id, SIGKILL))
    #expect(await exits.exit(of: spec.id) == .signalled(SIGKILL))
    _ = try await eventually { kill(child, 0) != 0 ? true : nil }
    #expect(!runtime.signal(spec.id, SIGKILL))
  }

  @Test("a process outlives the agent that started it and is found by the next one", .timeLimit(.minutes(1)))
  func adoption() async throws {
    let spec = spec("sleep 600", container: "survivor", attempt: 4)
    let pid = try runtime().start(spec)
    let next = runtime()
    // The kernel shows a process's environment a moment after it has begun.
    let found = try await eventually {
      let found = next.adoptSurvivors(ofNode: node)
      return found.isEmpty ? nil : found
    }
    #expect(found.mapValues(\.pid) == [spec.id: pid])
    #expect(next.adoptSurvivors(ofNode: "another-node").isEmpty)
    #expect(next.signal(spec.id, SIGTERM))
    _ = await exits.exit(of: spec.id)
  }

  @Test("what cannot be run is a typed error and leaves nothing behind")
  func notRunnable() throws {
    var spec = spec("true")
    spec.executable = "/no/such/program"
    #expect { try runtime().start(spec) } throws: { ($0 as? ProcessError)?.code == .notRunnable }
    spec.executable = "/bin/sh"
    spec.logPath = "/no/such/directory/log"
    #expect { try runtime().start(spec) } throws: { ($0 as? ProcessError)?.code == .preparation }
  }

  @Test("a log that outgrows its bound is cut and its newest part kept")
  func rotation() throws {
    let path = "\(directory)/long.log"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    defer { close(descriptor) }
    let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
    for _ in 0..<100 { _ = write(descriptor, line, line.count) }
    ContainerLog.rotateIfNeeded(path, maximumBytes: 20_000)
    #expect(readFile(path, limit: 1 << 20)?.count == 10_000)
    ContainerLog.rotateIfNeeded(path, maximumBytes: 5_000)
    #expect(readFile(path, limit: 1 << 20)?.count == 0)
    #expect(readFile(path + ".1", limit: 1 << 20)?.count == 2_500)
    _ = write(descriptor, line, line.count)
    #expect(readFile(path, limit: 1 << 20)?.count == 100)
  }
}

/// Exits in the order they were told, awaited by id.
private final class Exits: Sendable {
  private let told = Mutex<[ContainerID: ProcessExit]>([:])

  func add(_ id: ContainerID, _ exit: ProcessExit) { told.withLock { if $0[id] == nil { $0[id] = exit } } }

  func exit(of id: ContainerID) async -> ProcessExit? { try? await eventually { told.withLock { $0[id] } } }
}
#endif
