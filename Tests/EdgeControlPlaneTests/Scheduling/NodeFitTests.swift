#if Networking
import EdgeAPIModels
import EdgeJSON
import Testing

@testable import EdgeControlPlane

@Suite("node fit")
struct NodeFitTests {
  private func obstacle(
    _ pod: (inout UnstructuredObject) -> Void = { _ in }, on node: (inout UnstructuredObject) -> Void = { _ in }
  ) -> String? {
    var (thePod, theNode) = (Sample.pod("p"), Sample.node("n", labels: ["zone": "north", "disk": "ssd", "cores": "4"]))
    pod(&thePod)
    node(&theNode)
    return NodeFit.obstacle(pod: thePod, node: theNode)
  }

  private let selectorObstacle = "node(s) didn't match Pod's node affinity/selector"

  @Test("a ready node without taints fits a pod without wishes")
  func fits() { #expect(obstacle() == nil) }

  @Test("a node that is not known to be ready does not fit", arguments: ["False", "Unknown", nil])
  func notReady(status: String?) {
    let told = obstacle(on: { node in
      node["status"] = status.map { ["conditions": [["type": "Ready", "status": .string($0)]]] }
    })
    #expect(told == "node(s) were not ready")
  }

  @Test("a node closed to new pods does not fit")
  func unschedulable() {
    #expect(obstacle(on: { $0["spec", "unschedulable"] = true }) == "node(s) were unschedulable")
  }

  @Test("all labels of a node selector must be there")
  func nodeSelector() {
    #expect(obstacle({ $0["spec", "nodeSelector"] = ["zone": "north", "disk": "ssd"] }) == nil)
    #expect(obstacle({ $0["spec", "nodeSelector"] = ["zone": "south"] }) == selectorObstacle)
    #expect(obstacle({ $0["spec", "nodeSelector"] = ["zone": "north", "none": ""] }) == selectorObstacle)
  }

  @Test(
    "of the terms of a required affinity one must hold; an empty term, or none at all, holds nowhere",
    arguments: [
      (#"[{"matchExpressions":[{"key":"zone","operator":"In","values":["north","east"]}]}]"#, true),
      (#"[{"matchExpressions":[{"key":"zone","operator":"NotIn","values":["north"]}]}]"#, false),
      (#"[{"matchExpressions":[{"key":"gpu","operator":"DoesNotExist"}]}]"#, true),
      (
        #"""
        [{"matchExpressions":[{"key":"gpu","operator":"Exists"}]},
         {"matchExpressions":[{"key":"disk","operator":"Exists"}]}]
        """#, true
      ),
      (
        #"[{"matchExpressions":[{"key":"disk","operator":"Exists"},{"key":"gpu","operator":"Exists"}]}]"#, false
      ),
      (#"[{"matchExpressions":[]}]"#, false), ("[{}]", false), ("[]", false), ("[7]", false),
      (#"[{"matchExpressions":[{"key":"zone","operator":"Near","values":["north"]}]}]"#, false),
      (#"[{"matchExpressions":[{"key":"zone","operator":"Gt","values":["1"]}]}]"#, false),
      (#"[{"matchExpressions":[{"key":"cores","operator":"Gt","values":["3"]}]}]"#, true),
      (#"[{"matchExpressions":[{"key":"cores","operator":"Lt","values":["4"]}]}]"#, false),
      (#"[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n"]}]}]"#, true),
      (#"[{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["n"]}]}]"#, false),
    ])
  func affinity(terms: String, fits: Bool) throws {
    let terms = try JSONValue(parsing: Array(terms.utf8))
    let told = obstacle({ pod in
      pod["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
        "nodeSelectorTerms": terms
      ]
    })
    #expect(told == (fits ? nil : selectorObstacle))
  }

  @Test(
    "a taint keeps pods off that do not tolerate it",
    arguments: [
      (#"[]"#, false), (#"[{"key":"dedicated","operator":"Equal","value":"db","effect":"NoSchedule"}]"#, true),
      (#"[{"key":"dedicated","value":"db"}]"#, true), (#"[{"key":"dedicated","value":"web"}]"#, false),
      (#"[{"key":"dedicated","operator":"Exists"}]"#, true), (#"[{"key":"other","operator":"Exists"}]"#, false),
      (#"[{"operator":"Exists"}]"#, true), (#"[{"key":"dedicated","operator":"Exists","effect":"NoExecute"}]"#, false),
      (#"[{}]"#, false), ("[7]", false), ("7", false),
    ])
  func taints(tolerations: String, fits: Bool) throws {
    let tolerations = try JSONValue(parsing: Array(tolerations.utf8))
    let told = obstacle(
      { $0["spec", "tolerations"] = tolerations },
      on: { $0["spec", "taints"] = [["key": "dedicated", "value": "db", "effect": "NoSchedule"]] })
    #expect(told == (fits ? nil : "node(s) had untolerated taint {dedicated: db}"))
  }

  @Test("a taint that cannot be read keeps everybody off")
  func malformedTaint() {
    let tolerant: JSONValue = [["operator": "Exists"]]
    let told = obstacle({ $0["spec", "tolerations"] = tolerant }, on: { $0["spec", "taints"] = [["key": 7]] })
    #expect(told == "node(s) had a taint that cannot be read")
  }

  @Test("a taint that only prefers keeps nobody off, one that evicts keeps off like one that does not schedule")
  func taintEffects() {
    for (effect, fits) in [("PreferNoSchedule", true), ("NoExecute", false)] {
      let told = obstacle(on: { $0["spec", "taints"] = [["key": "k", "effect": .string(effect)]] })
      #expect((told == nil) == fits)
    }
  }
}
#endif
