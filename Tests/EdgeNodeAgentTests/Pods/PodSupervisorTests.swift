#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Glibc
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import EdgeNodeAgent

/// Real processes, a real cache, no cloud.
@Suite("PodSupervisor", .serialized) struct PodSupervisorTests {
  private let store = MemoryStore()
  private let reporter = RecordingReporter()
  private let node: NodeName
  private let directory = temporaryDirectory()

  init() throws { node = try NodeName("node-\(UniqueID(from: SystemEntropy()))") }

  private func pod(
    _ name: String = "web", uid: String = "uid-1", command: [JSONValue] = ["sleep", "600"], version: String = "1",
    extra: JSONValue = [:]
  ) -> UnstructuredObject {
    var pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: name, namespace: "default")
    pod.metadata.uid = uid
    pod.metadata.resourceVersion = version
    var container: JSONValue = ["name": "main", "image": "app", "command": .array(command)]
    for (key, value) in extra.objectValue ?? JSONObject() { container[key] = value }
    pod["spec"] = [
      "nodeName": .string(node.rawValue), "restartPolicy": "Always", "terminationGracePeriodSeconds": 1,
      "containers": [container],
    ]
    return pod
  }

  private func supervisor(_ cache: ObjectCache, onStop: PodSupervisor.Configuration.OnStop) -> PodSupervisor {
    var configuration = PodSupervisor.Configuration(node: node, directory: directory, hostIP: "127.0.0.1")
    configuration.onStop = onStop
    return PodSupervisor(
      configuration: configuration, cache: cache, store: store, reporter: reporter, serviceEnvironment: { _ in [:] },
      group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  /// Runs a supervisor for the length of `body`, then stops it.
  private func running(
    _ cache: ObjectCache, onStop: PodSupervisor.Configuration.OnStop = .terminate,
    _ body: (PodSupervisor) async throws -> Void
  ) async throws {
    let supervisor = supervisor(cache, onStop: onStop)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await supervisor.run() }
      defer { group.cancelAll() }
      try await body(supervisor)
    }
  }

  private func process(of pod: UnstructuredObject, in supervisor: PodSupervisor) async throws
    -> PodSupervisor.RunningContainer
  {
    let key = try pod.key()
    return try await eventually { supervisor.running[key]?.first { $0.podUID == pod.metadata.uid } }
  }

  /// The directory in which a pod's volume is on this machine.
  private func volume(_ name: String) -> String { "\(directory)/default_web_uid-1/volumes/\(name)" }

  @Test("a volume follows its ConfigMap while the container runs, and a container waits for one that is not there")
  func volumes() async throws {
    let cache = try await ObjectCache.open(store: store)
    var pod = pod(extra: ["volumeMounts": [["name": "v", "mountPath": .string("\(directory)/seen")]]])
    pod["spec", "volumes"] = [["name": "v", "configMap": ["name": "settings"]]]
    _ = try await cache.apply(.upsert(pod))
    func settings(_ color: String, version: String) -> UnstructuredObject {
      var object = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "default")
      object.metadata.resourceVersion = version
      object["data"] = ["color": .string(color)]
      return object
    }
    try await running(cache) { supervisor in
      let waiting = try await eventually {
        reporter.status(of: "uid-1")?["containerStatuses"]?.arrayValue?.first?["state"]?["waiting"]
      }
      #expect(waiting["reason"] == "CreateContainerConfigError")
      #expect(waiting["message"] == "configmap \"settings\" not found")
      _ = try await cache.apply(.upsert(settings("blue", version: "2")))
      _ = try await eventually { readFile("\(volume("v"))/color", limit: 16) == Array("blue".utf8) ? true : nil }
      _ = try await cache.apply(.upsert(settings("green", version: "3")))
      _ = try await eventually { readFile("\(volume("v"))/color", limit: 16) == Array("green".utf8) ? true : nil }
    }
  }

  @Test("a container does without the credentials that the API server mounts, where no cloud gives them")
  func credentials() async throws {
    let cache = try await ObjectCache.open(store: store)
    var pod = pod(
      extra: ["volumeMounts": [["name": "v", "mountPath": .string(VolumeMount.credentialsPath), "readOnly": true]]])
    pod["spec", "volumes"] = [
      ["name": "v", "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
    ]
    _ = try await cache.apply(.upsert(pod))
    try await running(cache) { supervisor in
      _ = try await process(of: pod, in: supervisor)
    }
  }

  @Test("a pod in the cache runs, is reported, and ends with its supervisor")
  func runsFromCache() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    var pid: Int32 = 0
    try await running(cache) { supervisor in
      pid = try await process(of: pod(), in: supervisor).pid
      let status = try await eventually { reporter.status(of: "uid-1").flatMap { $0["phase"] == "Running" ? $0 : nil } }
      #expect(status["podIP"] == "127.0.0.1")
      #expect(cache.servedObject(try pod().key())?["status", "phase"] == "Running")
    }
    #expect(kill(pid, 0) != 0)
  }

  @Test("FF-04 a restarted agent takes its pods over with the same uid and process, and starts what is gone")
  func restart() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    var first: PodSupervisor.RunningContainer?
    try await running(cache, onStop: .keep) { first = try await process(of: pod(), in: $0) }
    let survivor = try #require(first)
    #expect(kill(survivor.pid, 0) == 0)

    let reopened = try await ObjectCache.open(store: store)
    try await running(reopened, onStop: .keep) { supervisor in
      let again = try await process(of: pod(), in: supervisor)
      #expect(again == survivor)
    }
    kill(-survivor.pid, SIGKILL)
    _ = try await eventually { kill(survivor.pid, 0) != 0 ? true : nil }

    try await running(try await ObjectCache.open(store: store)) { supervisor in
      let next = try await process(of: pod(), in: supervisor)
      #expect(next.podUID == survivor.podUID && next.pid != survivor.pid)
      #expect(next.attempt == survivor.attempt + 1)
    }
  }

  @Test("a pod that has done its work stays Succeeded over a restart of the agent and does not run again")
  func completed() async throws {
    var job = pod(command: ["sh", "-c", .string("echo ran >> \(directory)/runs")])
    job["spec", "restartPolicy"] = "Never"
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(job))
    for _ in 0..<2 {
      try await running(try await ObjectCache.open(store: store)) { _ in
        _ = try await eventually { reporter.status(of: "uid-1")?["phase"] == "Succeeded" ? true : nil }
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(readFile("\(directory)/runs", limit: 100) == Array("ran\n".utf8))
    }
  }

  @Test("a process of a pod that was deleted while the agent was away is ended")
  func orphan() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    var first: PodSupervisor.RunningContainer?
    try await running(cache, onStop: .keep) { first = try await process(of: pod(), in: $0) }
    let pid = try #require(first).pid
    _ = try await cache.apply(.delete(try pod().key(), uid: nil))
    try await running(try await ObjectCache.open(store: store)) { _ in
      _ = try await eventually { kill(pid, 0) != 0 ? true : nil }
    }
  }

  @Test("FF-05 when the database is lost, running pods go on until the cloud has told which of them belong here")
  func lostDatabase() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    _ = try await cache.apply(.upsert(pod("gone", uid: "uid-2")))
    var before: [PodSupervisor.RunningContainer] = []
    try await running(cache, onStop: .keep) { supervisor in
      before = [
        try await process(of: pod(), in: supervisor), try await process(of: pod("gone", uid: "uid-2"), in: supervisor),
      ]
    }
    let empty = try await ObjectCache.open(store: MemoryStore())
    try await running(empty) { supervisor in
      try await Task.sleep(for: .milliseconds(100))
      for container in before { #expect(kill(container.pid, 0) == 0) }
      _ = try await empty.apply(.upsert(pod()))
      supervisor.cloudCaughtUp()
      let after = try await process(of: pod(), in: supervisor)
      #expect(after == before[0])
      _ = try await eventually { kill(before[1].pid, 0) != 0 ? true : nil }
    }
  }

  @Test("a status-only or unrelated change leaves the process alone; a deletion ends it and reports so")
  func changes() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    try await running(cache) { supervisor in
      let before = try await process(of: pod(), in: supervisor)
      var touched = pod(version: "2")
      touched.metadata.labels = ["touched": "yes"]
      touched["status"] = ["phase": "Running"]
      _ = try await cache.apply(.upsert(touched))
      try await Task.sleep(for: .milliseconds(100))
      let after = try await process(of: pod(), in: supervisor)
      #expect(after == before)

      var deleted = pod(version: "3")
      deleted.metadata.deletionTimestamp = Timestamp(millisecondsSinceEpoch: 1)
      _ = try await cache.apply(.upsert(deleted))
      _ = try await eventually { reporter.terminated.contains("uid-1") ? true : nil }
      #expect(kill(before.pid, 0) != 0)
      _ = try await cache.apply(.delete(try pod().key(), uid: "uid-1"))
      _ = try await eventually { reporter.forgotten.contains("uid-1") ? true : nil }
    }
  }

  @Test("a pod of the same name with another uid is another pod: the old one ends, the new one starts")
  func successor() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod()))
    try await running(cache) { supervisor in
      let old = try await process(of: pod(), in: supervisor)
      let successor = pod(uid: "uid-2", version: "5")
      _ = try await cache.apply(.upsert(successor))
      let new = try await process(of: successor, in: supervisor)
      #expect(new.pid != old.pid)
      _ = try await eventually { kill(old.pid, 0) != 0 ? true : nil }
    }
  }

  @Test("an image that is not runnable here is a clear status reason, and a missing ConfigMap is waited for")
  func reasons() async throws {
    let cache = try await ObjectCache.open(store: store)
    _ = try await cache.apply(.upsert(pod(command: [])))
    let waiting = pod("late", uid: "uid-2", extra: ["envFrom": [["configMapRef": ["name": "settings"]]]])
    _ = try await cache.apply(.upsert(waiting))
    try await running(cache) { supervisor in
      func reason(_ uid: String) -> String? {
        reporter.status(of: uid)?["containerStatuses"]?[0]?["state"]?["waiting"]?["reason"]?.stringValue
      }
      _ = try await eventually { reason("uid-1") == "ImageNotRunnable" ? true : nil }
      _ = try await eventually { reason("uid-2") == "CreateContainerConfigError" ? true : nil }
      var configMap = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "default")
      configMap["data"] = ["A": "1"]
      _ = try await cache.apply(.upsert(configMap))
      _ = try await process(of: waiting, in: supervisor)
    }
  }
}

private final class RecordingReporter: PodSupervisor.Reporter {
  private let state = Mutex<(statuses: [String: JSONValue], terminated: Set<String>, forgotten: Set<String>)>(
    ([:], [], []))

  func podStatusChanged(_ pod: UnstructuredObject, status: JSONValue) {
    state.withLock { $0.statuses[pod.metadata.uid ?? ""] = status }
  }
  func podTerminated(_ pod: UnstructuredObject) { state.withLock { _ = $0.terminated.insert(pod.metadata.uid ?? "") } }
  func podForgotten(_ pod: UnstructuredObject) { state.withLock { _ = $0.forgotten.insert(pod.metadata.uid ?? "") } }

  func status(of uid: String) -> JSONValue? { state.withLock { $0.statuses[uid] } }
  var terminated: Set<String> { state.withLock { $0.terminated } }
  var forgotten: Set<String> { state.withLock { $0.forgotten } }
}
#endif
