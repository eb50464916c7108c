#if Networking
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeControlPlane

@Suite("node demand")
struct NodeDemandTests {
  private func demanded(by node: String, of cluster: Cluster) throws -> Set<String> {
    let demand = NodeDemand(node: try NodeName(node), view: cluster.view)
    return Set(demand.all().keys.map { "\($0)" })
  }

  @Test("a node holds its pods and devices with what they read, and what routing needs; nothing of other nodes")
  func whatANodeHolds() async throws {
    let cluster = Cluster()
    var pod = Sample.pod("mine", node: "edge-1")
    pod["spec", "volumes"] = [["name": "v", "configMap": ["name": "settings"]]]
    pod["spec", "imagePullSecrets"] = [["name": "registry-login"]]
    var other = Sample.pod("theirs", node: "edge-2")
    other["spec", "volumes"] = [["name": "v", "secret": ["secretName": "their-secret"]]]
    try await cluster.create(
      pod, other, Sample.pod("nobodys"), Sample.configMap("settings"), Sample.configMap("settings", namespace: "other"),
      Sample.secret("registry-login"), Sample.secret("their-secret"), Sample.configMap("unused"),
      Sample.device("sensor", node: "edge-1"), Sample.device("far", node: "edge-2", model: "far-model"),
      Sample.deviceModel("model"), Sample.deviceModel("far-model"), Sample.node("edge-1"), Sample.node("edge-2"),
      Sample.service("web", selecting: "web"), Sample.deployment("d", replicas: 1))
    try await cluster.run { cluster in
      let first = try demanded(by: "edge-1", of: cluster)
      let second = try demanded(by: "edge-2", of: cluster)
      let third = try demanded(by: "edge-3", of: cluster)
      let routing: Set = ["nodes/edge-1", "nodes/edge-2", "services/default/web"]
      #expect(
        first
          == routing.union([
            "pods/default/mine", "configmaps/default/settings", "secrets/default/registry-login",
            "devices.devices.kubeedge.io/default/sensor", "devicemodels.devices.kubeedge.io/default/model",
          ]))
      #expect(
        second
          == routing.union([
            "pods/default/theirs", "secrets/default/their-secret", "devices.devices.kubeedge.io/default/far",
            "devicemodels.devices.kubeedge.io/default/far-model",
          ]))
      #expect(third == routing)
    }
  }

  @Test("every way in which a pod may read a ConfigMap or a Secret counts")
  func references() throws {
    let pod = try Sample.object(
      #"""
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"ns"},"spec":{
        "imagePullSecrets":[{"name":"s-pull"}],
        "initContainers":[{"envFrom":[{"configMapRef":{"name":"c-init"}},{"secretRef":{"name":"s-init"}}]}],
        "containers":[{"env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"c-env","key":"k"}}},
                              {"name":"B","valueFrom":{"secretKeyRef":{"name":"s-env","key":"k"}}},
                              {"name":"C","value":"plain"}]}],
        "volumes":[{"name":"a","configMap":{"name":"c-vol"}},{"name":"b","secret":{"secretName":"s-vol"}},
                   {"name":"c","projected":{"sources":[{"configMap":{"name":"c-pro"}},{"secret":{"name":"s-pro"}}]}},
                   {"name":"d","emptyDir":{}}]}}
      """#)
    let names = pod.references.map { "\($0)" }.sorted()
    #expect(
      names
        == ["c-env", "c-init", "c-pro", "c-vol"].map { "configmaps/ns/\($0)" }
        + ["s-env", "s-init", "s-pro", "s-pull", "s-vol"].map { "secrets/ns/\($0)" })
  }

  @Test("objects of hostile shape read as having no references")
  func hostile() throws {
    for spec in [
      "7", "[]", #"{"containers":7,"volumes":{},"imagePullSecrets":[7,null,{"name":7}]}"#,
      #"{"containers":[null,{"env":[7],"envFrom":[[]]}],"volumes":[{"configMap":"x"},{"secret":{"secretName":""}}]}"#,
    ] {
      let pod = try Sample.object(#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":\#(spec)}"#)
      #expect(pod.references.isEmpty)
    }
  }

  @Test("a change touches the object and what its old and its new form read")
  func touched() {
    var before = Sample.pod("p", node: "edge-1")
    before["spec", "volumes"] = [["name": "v", "configMap": ["name": "old"]]]
    var after = before
    after["spec", "volumes"] = [["name": "v", "configMap": ["name": "new"]]]
    let key = Sample.key(.pods, "p")
    let keys = NodeDemand.touched(by: ClusterView.Change(key: key, old: before, new: after))
    #expect(keys == [key, Sample.key(.configMaps, "old"), Sample.key(.configMaps, "new")])
  }
}
#endif
