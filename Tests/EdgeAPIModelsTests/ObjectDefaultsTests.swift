import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Defaults")
struct ObjectDefaultsTests {
  @Test("a deployment gets one replica, its pods restart always")
  func deployment() throws {
    var object = UnstructuredObject(apiVersion: "apps/v1", kind: "Deployment", name: "a")
    object["spec", "template", "spec", "containers"] = [
      ["name": "a", "image": "a"], ["name": "b", "image": "r:5000/b:1", "ports": [["containerPort": 1]]],
    ]
    ObjectDefaults.apply(to: &object)
    #expect(object.metadata.namespace == "default")
    #expect(object["spec", "replicas"] == 1)
    #expect(object["spec", "template", "spec", "restartPolicy"] == "Always")
    #expect(object["spec", "template", "spec", "terminationGracePeriodSeconds"] == 30)
    let containers = object["spec", "template", "spec", "containers"]
    #expect(containers?[0]?["imagePullPolicy"] == "Always")
    #expect(containers?[1]?["imagePullPolicy"] == "IfNotPresent")
    #expect(containers?[1]?["ports"]?[0]?["protocol"] == "TCP")
    let once = object
    ObjectDefaults.apply(to: &object)
    #expect(object == once)
  }

  @Test("a service port is TCP and leads to its own number; what the author wrote stays")
  func service() throws {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Service", name: "s", namespace: "ns")
    object["spec"] = ["ports": [["port": 80], ["port": 53, "protocol": "UDP", "targetPort": "dns"]]]
    ObjectDefaults.apply(to: &object)
    #expect(object.metadata.namespace == "ns")
    #expect(object["spec", "type"] == "ClusterIP")
    #expect(
      object["spec", "ports"] == [
        ["port": 80, "protocol": "TCP", "targetPort": 80], ["port": 53, "protocol": "UDP", "targetPort": "dns"],
      ])
  }

  @Test("a node pool is an edge pool, also without a spec")
  func nodePool() throws {
    var object = UnstructuredObject(apiVersion: "apps.openyurt.io/v1beta2", kind: "NodePool", name: "p")
    ObjectDefaults.apply(to: &object)
    #expect(object["spec", "type"] == "Edge")
    #expect(object.metadata.namespace == nil)
  }
}
