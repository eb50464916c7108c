#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import Glibc
import Logging

// What was here before this agent started.
extension PodSupervisor {
  /// Brings back what ran before: machines from the cache, counters from the records, processes from the process table.
  ///
  /// A process whose pod the cache does not know belongs to a pod that was deleted, and is ended. But when the cache is
  /// new, because the database was lost, it knows nothing yet: then such strangers go on until the cloud has told what
  /// belongs here (FF-05 must not break FF-03).
  func restore(
    _ workers: inout [String: Worker], _ strangers: inout [ContainerID: SurvivingProcess]
  ) async throws {
    let records = try await PodRecord.loadAll(from: store)
    strangers = runtime.adoptSurvivors(ofNode: configuration.node.rawValue)
    for pod in cache.objects(of: .pods) {
      guard let uid = pod.metadata.uid,
        var worker = await makeWorker(for: pod, record: records[uid], in: workers, strangers)
      else { continue }
      takeOver(&worker, &strangers)
      for (container, code) in worker.record.completions {
        worker.machine.completedBefore(container: container, code: code, now: now)
      }
      for container in worker.record.attempts.keys { worker.machine.vanished(container: container, now: now) }
      workers[uid] = worker
      watchReadiness(of: worker)
    }
    if !cache.isNew { endStrangers(&strangers) }
    for (uid, record) in records where workers[uid] == nil { try await record.remove(from: store) }
    for uid in workers.keys { await advance(uid, &workers, &strangers) }
  }

  func takeOver(_ worker: inout Worker, _ strangers: inout [ContainerID: SurvivingProcess]) {
    for (id, process) in strangers where id.podUID == worker.record.podUID {
      strangers[id] = nil
      worker.record.attempts[id.container] = max(worker.record.attempts[id.container] ?? 0, id.attempt)
      worker.machine.adopted(
        container: id.container, attempt: id.attempt, pid: process.pid, now: now, startedAt: worker.record.startTime)
      logger.info(
        "took over a running container",
        metadata: ["pod": "\(worker.key.name)", "container": "\(id.container)", "pid": "\(process.pid)"])
    }
  }

  func endStrangers(_ strangers: inout [ContainerID: SurvivingProcess]) {
    for id in strangers.keys {
      logger.warning("ending a container of a pod that is no longer here", metadata: ["container": "\(id)"])
      runtime.signal(id, SIGKILL)
    }
    strangers = [:]
  }

  func makeWorker(
    for pod: UnstructuredObject, record: PodRecord?, in workers: [String: Worker],
    _ strangers: [ContainerID: SurvivingProcess]
  ) async -> Worker? {
    guard let uid = pod.metadata.uid, let key = try? pod.key() else { return nil }
    let isHostNetwork = pod["spec", "hostNetwork"]?.boolValue == true
    let addressing = isHostNetwork ? .hostAddress : configuration.addressing
    let inUse = Set(workers.values.map(\.placement.podIP) + strangers.values.map(\.podIP))
    var record = record
    let running = strangers.first { $0.key.podUID == uid }?.value
    if record == nil, let podIP = running?.podIP ?? addressing.allocate(hostIP: configuration.hostIP, inUse: inUse) {
      record = PodRecord(podUID: uid, podIP: podIP, startTime: now.wall)
    }
    guard let record else {
      logger.error("no pod address is free", metadata: ["pod": "\(key.name)"])
      return nil
    }
    let containers = pod["spec", "containers"]?.arrayValue ?? []
    let machine = PodMachine(
      containers: containers.map { ($0["name"]?.stringValue ?? "", $0.text, $0["readinessProbe"] != nil) },
      attempts: record.attempts,
      restartPolicy: pod["spec", "restartPolicy"]?.stringValue.flatMap(PodMachine.RestartPolicy.init) ?? .always,
      gracePeriod: .seconds(pod["spec", "terminationGracePeriodSeconds"]?.integerValue ?? 30),
      delays: configuration.restartDelays)
    let images = Dictionary(
      containers.map { ($0["name"]?.stringValue ?? "", $0["image"]?.stringValue ?? "") }, uniquingKeysWith: { $1 })
    let placement = PodMachine.Placement(
      hostIP: configuration.hostIP, podIP: record.podIP, startTime: record.startTime, images: images)
    return Worker(key: key, pod: pod, machine: machine, record: record, placement: placement)
  }
}
#endif
