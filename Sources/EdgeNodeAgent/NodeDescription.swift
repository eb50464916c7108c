#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Glibc

/// This machine as a Kubernetes Node.
struct NodeDescription: Sendable {
  var name: NodeName
  var address: String
  var labels: [String: String]
  var annotations: [String: String]
  var version: String

  func node(now: Timestamp) -> UnstructuredObject {
    var node = UnstructuredObject(apiVersion: "v1", kind: "Node", name: name.rawValue, namespace: nil)
    node.metadata.labels = [
      "kubernetes.io/hostname": name.rawValue, "kubernetes.io/os": "linux", "kubernetes.io/arch": Self.architecture,
      "node-role.kubernetes.io/edge": "", "node-role.kubernetes.io/agent": "",
    ].merging(labels) { $1 }
    node.metadata.annotations = ["node.beta.openyurt.io/autonomy": "true"].merging(annotations) { $1 }
    node["spec"] = [:]
    node["status"] = status(since: now, now: now)
    return node
  }

  /// - Parameter since: when the node became ready, in the eyes of its cloud.
  func status(since: Timestamp, now: Timestamp) -> JSONValue {
    let quantities: JSONValue = [
      "cpu": .string(String(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
      "memory": .string("\(sysconf(Int32(_SC_PHYS_PAGES)) * (sysconf(Int32(_SC_PAGESIZE)) / 1024))Ki"), "pods": "110",
    ]
    return [
      "addresses": [
        ["type": "InternalIP", "address": .string(address)], ["type": "Hostname", "address": .string(name.rawValue)],
      ],
      "capacity": quantities,
      "allocatable": quantities,
      // Kubernetes sets those of a node that it does not hear to Unknown, and leaves it to the node to take that back.
      "conditions": .array(
        [
          ("MemoryPressure", "False", "NotMeasured", "no pressure is measured here"),
          ("DiskPressure", "False", "NotMeasured", "no pressure is measured here"),
          ("PIDPressure", "False", "NotMeasured", "no pressure is measured here"),
          ("Ready", "True", "EdgeReady", "the node agent is running"),
        ].map { type, status, reason, message in
          [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastHeartbeatTime": .string(now.rfc3339), "lastTransitionTime": .string(since.rfc3339),
          ]
        }),
      "nodeInfo": [
        "architecture": .string(Self.architecture), "operatingSystem": "linux",
        "kubeletVersion": .string(version), "containerRuntimeVersion": "process://1",
        "kernelVersion": .string(Self.kernel), "machineID": .string(Self.machineID), "osImage": "", "bootID": "",
        "systemUUID": "", "kubeProxyVersion": .string(version),
      ],
    ]
  }

  static func lease(of node: NodeName, now: Timestamp) -> UnstructuredObject {
    var lease = UnstructuredObject(
      apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: node.rawValue, namespace: "kube-node-lease")
    lease["spec"] = [
      "holderIdentity": .string(node.rawValue), "leaseDurationSeconds": 40, "renewTime": .string(now.rfc3339Micro),
    ]
    return lease
  }

  private static var architecture: String {
    #if arch(x86_64)
    "amd64"
    #elseif arch(arm64)
    "arm64"
    #else
    "unknown"
    #endif
  }

  private static var kernel: String {
    var information = utsname()
    uname(&information)
    return withUnsafeBytes(of: information.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static var machineID: String {
    readFile("/etc/machine-id", limit: 64).map { String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self) } ?? ""
  }
}
#endif
