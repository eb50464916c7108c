#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeJSON

extension UpstreamReporter: PodSupervisor.Reporter {
  public func podStatusChanged(_ pod: KubernetesObject, status: JSONValue) { report(podStatus: status, of: pod) }
  public func podTerminated(_ pod: KubernetesObject) { report(podTerminated: pod) }
  public func podForgotten(_ pod: KubernetesObject) { forget(pod: pod) }
}
#endif
