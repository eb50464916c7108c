#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import Glibc
import Logging

// Volumes are directories of the pod; a container's own view of the file system shows them where it wants them.
extension PodSupervisor {
  /// How long a container waits for objects among the credentials that the API server mounts into every one. A node that is
  /// away from its cloud, or whose cloud gives none, runs its pods without.
  private static let patience = Duration.seconds(10)

  /// Prepares the volumes that a container mounts.
  func bindings(of mounts: [VolumeMount], in worker: Worker) throws -> [VolumeBinding] {
    try mounts.map { mount in
      let root = try prepare(mount, in: worker)
      let source = mount.subPath.isEmpty ? root : "\(root)/\(mount.subPath)"
      var information = stat()
      if stat(source, &information) != 0 {
        guard makeDirectories(source), stat(source, &information) == 0 else {
          throw ContainerResolver.Refusal(
            PodMachine.configurationError, "volume \(mount.volume): \(source) is not there: \(lastErrorText())")
        }
      }
      return VolumeBinding(
        source: source, target: mount.target, isDirectory: information.st_mode & S_IFMT == S_IFDIR,
        isReadOnly: mount.isReadOnly, isOptional: mount.isForCredentials)
    }
  }

  /// Where the volume is on this machine, with its present content.
  private func prepare(_ mount: VolumeMount, in worker: Worker) throws -> String {
    let directory = volumeDirectory(mount.volume, of: worker)
    switch try volumes(of: worker).resolve(mount.volume) {
    case .hostPath(let path, let makes):
      if makes { _ = makeDirectories(path) }
      return path
    case .emptyDirectory:
      guard makeDirectories(directory) else {
        throw ProcessError(code: .preparation, message: "cannot create \(directory): \(lastErrorText())")
      }
      chmod(directory, 0o777)
      return directory
    case .files(let files, let missing):
      if let first = missing.first {
        guard mount.isForCredentials else {
          throw ContainerResolver.Refusal(PodMachine.configurationError, first)
        }
        if mayComeSoon(worker) { throw ContainerResolver.Refusal(PodMachine.creating, "waiting: \(first)") }
      }
      try VolumeDirectory(path: directory).write(files)
      return directory
    }
  }

  private func mayComeSoon(_ worker: Worker) -> Bool {
    guard let tokens, tokens.isConnected else { return false }
    // Whoever asks for a token gives up by himself.
    if tokens.isExpected(for: worker.record.podUID) { return true }
    return now.wall - worker.record.startTime < Self.patience
      && worker.pod.references.contains { cache.object($0) == nil }
  }

  /// Brings the volumes of a pod to what the cloud says now, where containers use them already.
  func refreshVolumes(of worker: Worker) {
    for volume in worker.pod["spec", "volumes"]?.arrayValue ?? [] {
      guard let name = volume["name"]?.stringValue, access(volumeDirectory(name, of: worker), F_OK) == 0,
        case .files(let files, let missing)? = try? volumes(of: worker).resolve(name)
      else { continue }
      // What a running container has is not taken from it because its source went away.
      guard missing.isEmpty || isForCredentialsOnly(name, worker.pod) else { continue }
      do throws(ProcessError) {
        guard try VolumeDirectory(path: volumeDirectory(name, of: worker)).write(files) else { continue }
        logger.debug("a volume was brought up to date", metadata: ["pod": "\(worker.key.name)", "volume": "\(name)"])
      } catch {
        logger.warning(
          "a volume is out of date",
          metadata: ["pod": "\(worker.key.name)", "volume": "\(name)", "error": "\(error)"])
      }
    }
  }

  private func isForCredentialsOnly(_ volume: String, _ pod: UnstructuredObject) -> Bool {
    let mounts = (pod["spec", "containers"]?.arrayValue ?? []).flatMap { $0["volumeMounts"]?.arrayValue ?? [] }
      .filter { $0["name"]?.stringValue == volume }
    return mounts.allSatisfy { $0["mountPath"]?.stringValue == VolumeMount.credentialsPath }
  }

  private func volumes(of worker: Worker) -> VolumeResolver {
    VolumeResolver(
      pod: worker.pod,
      field: PodField(pod: worker.pod, podIP: worker.placement.podIP, hostIP: configuration.hostIP),
      object: { [cache] kind, name in
        cache.object(
          ObjectKey(
            resource: kind == "Secret" ? .secrets : .configMaps, namespace: worker.key.namespace ?? "default",
            name: name))
      },
      // One from before a restart of the agent is worth more than none: the cloud may be away.
      token: { [self] demand, volume, path in
        tokens?.token(for: demand).map { Array($0.utf8) }
          ?? VolumeDirectory(path: volumeDirectory(volume, of: worker)).content(of: path)
      })
  }

  private func volumeDirectory(_ name: String, of worker: Worker) -> String {
    "\(podDirectory(worker))/volumes/\(name)"
  }
}
#endif
