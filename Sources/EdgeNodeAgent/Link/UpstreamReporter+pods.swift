#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeJSON

extension UpstreamReporter: PodSupervisor.Reporter {
  public func podStatusChanged(_ pod: UnstructuredObject, status: JSONValue) { report(podStatus: status, of: pod) }
  public func podTerminated(_ pod: UnstructuredObject) { report(podTerminated: pod) }
  public func podForgotten(_ pod: UnstructuredObject) { forget(pod: pod) }
}
#endif
