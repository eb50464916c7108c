#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeJSON

extension PodSupervisor {
  /// One pod of this node: what the cloud wants of it, its machine, and what the node remembers.
  struct Worker {
    let key: ObjectKey
    var pod: UnstructuredObject
    var machine: PodMachine
    var record: PodRecord
    var placement: PodMachine.Placement
    var lastStatus: JSONValue?
    var isForgotten = false
    /// Why each container was not started last.
    var refusals: [String: PodMachine.WaitingReason] = [:]

    var running: [RunningContainer] {
      machine.containers.compactMap { container in
        guard case .running(let pid, _) = container.phase else { return nil }
        return RunningContainer(
          podUID: record.podUID, container: container.name, pid: pid, attempt: container.attempt)
      }
    }
  }
}
#endif
