#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import Logging
import Metrics

// From a container of a pod to a running process.
extension PodSupervisor {
  func start(_ container: String, _ attempt: Int, _ worker: inout Worker) async {
    let id = id(worker, container, attempt)
    do {
      let specification = try processSpec(container, id, worker)
      // The attempt is on disk before the process exists: should the agent die in between, it is counted, not repeated.
      worker.record.attempts[container] = attempt
      try await worker.record.save(in: store)
      let pid = try runtime.start(specification)
      worker.machine.started(container: container, attempt: attempt, pid: pid, now: now)
      Counter(label: "edge_containers_started_total").increment()
      logger.info(
        "container started",
        metadata: ["pod": "\(worker.key.name)", "container": "\(container)", "pid": "\(pid)", "attempt": "\(attempt)"])
      watchReadiness(of: worker)
    } catch {
      let reason =
        switch error {
        case let refusal as ContainerResolver.Refusal: refusal.reason
        case let error as ProcessError where error.code == .notRunnable:
          PodMachine.WaitingReason(reason: ContainerResolver.imageNotRunnable, message: error.message)
        default: PodMachine.WaitingReason(reason: "CreateContainerError", message: "\(error)")
        }
      logger.warning(
        "container not started",
        metadata: [
          "pod": "\(worker.key.name)", "container": "\(container)", "reason": "\(reason.reason)",
          "message": "\(reason.message)",
        ])
      worker.machine.startFailed(container: container, attempt: attempt, reason: reason, now: now)
    }
  }

  func processSpec(_ container: String, _ id: ContainerID, _ worker: Worker) throws -> ProcessSpec {
    if worker.pod["spec", "initContainers"]?.arrayValue?.isEmpty == false {
      throw ContainerResolver.Refusal(
        PodMachine.configurationError, "init containers are not supported by the process runtime")
    }
    guard
      let definition = worker.pod["spec", "containers"]?.arrayValue?.first(where: {
        $0["name"]?.stringValue == container
      })
    else { throw ContainerResolver.Refusal(PodMachine.configurationError, "the pod has no container \"\(container)\"") }
    let namespace = worker.key.namespace ?? "default"
    let directory = podDirectory(worker)
    guard makeDirectories(directory) else {
      throw ProcessError(code: .preparation, message: "cannot create \(directory): \(lastErrorText())")
    }
    var environment = serviceEnvironment(namespace)
    environment["PATH"] = (configuration.searchPath + ["/usr/local/bin", "/usr/bin", "/bin"]).joined(separator: ":")
    environment["HOME"] = directory
    environment["HOSTNAME"] = worker.key.name
    environment[ProcessSpec.podIPEnvironmentName] = worker.placement.podIP
    let resolver = ContainerResolver(
      findExecutable: { findExecutable($0, path: $1) },
      object: { [cache] kind, name in
        cache.object(
          ObjectKey(resource: kind == "Secret" ? .secrets : .configMaps, namespace: namespace, name: name))
      },
      baseEnvironment: environment)
    let command = try resolver.resolve(
      definition, of: worker.pod, podIP: worker.placement.podIP, hostIP: configuration.hostIP)
    return ProcessSpec(
      id: id, executable: command.executable, arguments: command.arguments, environment: command.environment,
      workingDirectory: command.workingDirectory ?? directory, logPath: logPath(worker, container))
  }

  func watchReadiness(of worker: Worker) {
    for container in worker.pod["spec", "containers"]?.arrayValue ?? [] {
      guard let name = container["name"]?.stringValue, let probe = container["readinessProbe"],
        let running = worker.running.first(where: { $0.container == name })
      else { continue }
      prober.watch(
        id(worker, name, running.attempt), probe: probe, container: container, address: worker.placement.podIP,
        isRunning: { [runtime] in runtime.isRunning($0) })
    }
  }
}
#endif
