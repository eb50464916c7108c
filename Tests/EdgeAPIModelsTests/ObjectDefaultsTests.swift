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

  private func defaulted(_ value: JSONValue) throws -> JSONValue {
    var object = try UnstructuredObject(content: value.objectValue ?? JSONObject())
    ObjectDefaults.apply(to: &object)
    let once = object
    ObjectDefaults.apply(to: &object)
    #expect(object == once, "a second time changes nothing")
    return .object(object.content)
  }

  @Test("a pod is completed to the last probe")
  func pod() throws {
    let pod = try defaulted([
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
      "spec": [
        "hostNetwork": true, "restartPolicy": "",
        "containers": [
          [
            "name": "a", "image": "a:1", "ports": [["containerPort": 80]],
            "resources": ["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]],
            "livenessProbe": ["httpGet": ["port": 80], "periodSeconds": 5, "failureThreshold": 0],
            "lifecycle": ["preStop": ["httpGet": ["port": 80, "path": "/x"]]],
            "env": [["name": "N", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]],
          ]
        ],
        "volumes": [
          ["name": "none"], ["name": "s", "secret": ["secretName": "s"]], ["name": "h", "hostPath": ["path": "/"]],
          [
            "name": "p",
            "projected": [
              "sources": [
                ["serviceAccountToken": ["path": "t"]],
                ["downwardAPI": ["items": [["fieldRef": ["fieldPath": "metadata.name"]]]]],
              ]
            ],
          ],
        ],
      ],
    ])
    let spec = pod["spec"]
    #expect(spec?["restartPolicy"] == "Always")
    #expect(spec?["dnsPolicy"] == "ClusterFirst")
    #expect(spec?["schedulerName"] == "default-scheduler")
    #expect(spec?["securityContext"] == [:])
    #expect(spec?["enableServiceLinks"] == true)
    let container = spec?["containers"]?[0]
    #expect(container?["imagePullPolicy"] == "IfNotPresent")
    #expect(container?["terminationMessagePath"] == "/dev/termination-log")
    #expect(container?["terminationMessagePolicy"] == "File")
    #expect(container?["ports"] == [["containerPort": 80, "protocol": "TCP", "hostPort": 80]])
    #expect(container?["resources"]?["requests"] == ["cpu": "500m", "memory": "1Gi"])
    #expect(
      container?["livenessProbe"] == [
        "httpGet": ["port": 80, "path": "/", "scheme": "HTTP"], "periodSeconds": 5, "failureThreshold": 3,
        "timeoutSeconds": 1, "successThreshold": 1,
      ])
    #expect(container?["lifecycle"]?["preStop"]?["httpGet"] == ["port": 80, "path": "/x", "scheme": "HTTP"])
    #expect(container?["env"]?[0]?["valueFrom"]?["fieldRef"]?["apiVersion"] == "v1")
    let volumes = spec?["volumes"]
    #expect(volumes?[0]?["emptyDir"] == [:])
    #expect(volumes?[1]?["secret"]?["defaultMode"] == 420)
    #expect(volumes?[2]?["hostPath"]?["type"] == "")
    #expect(volumes?[3]?["projected"]?["defaultMode"] == 420)
    #expect(volumes?[3]?["projected"]?["sources"]?[0]?["serviceAccountToken"]?["expirationSeconds"] == 3600)
    #expect(
      volumes?[3]?["projected"]?["sources"]?[1]?["downwardAPI"]?["items"]?[0]?["fieldRef"]?["apiVersion"] == "v1")
  }

  @Test("a template of pods keeps its requests and service links to itself")
  func template() throws {
    let set = try defaulted([
      "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": ["name": "s"],
      "spec": [
        "template": ["spec": ["containers": [["name": "a", "image": "a", "resources": ["limits": ["cpu": "1"]]]]]],
        "volumeClaimTemplates": [["metadata": ["name": "d"], "spec": [:]]],
      ],
    ])
    let spec = set["spec"]
    #expect(spec?["podManagementPolicy"] == "OrderedReady")
    #expect(spec?["updateStrategy"] == ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
    #expect(spec?["persistentVolumeClaimRetentionPolicy"] == ["whenDeleted": "Retain", "whenScaled": "Retain"])
    #expect(spec?["volumeClaimTemplates"]?[0]?["spec"]?["volumeMode"] == "Filesystem")
    let pod = spec?["template"]?["spec"]
    #expect(pod?["enableServiceLinks"] == nil)
    #expect(pod?["containers"]?[0]?["resources"] == ["limits": ["cpu": "1"]])
  }

  @Test(
    "the kinds of a cluster get the defaults of the API server",
    arguments: [
      (
        "apps/v1", "Deployment", ["spec": ["strategy": ["rollingUpdate": ["maxSurge": 1]]]], ["spec", "strategy"],
        ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": "25%"]]
      ),
      (
        "apps/v1", "Deployment", ["spec": ["strategy": ["type": "Recreate"]]], ["spec", "strategy"],
        ["type": "Recreate"]
      ),
      (
        "apps/v1", "DaemonSet", ["spec": [:]], ["spec", "updateStrategy"],
        ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]]
      ),
      (
        "batch/v1", "Job", ["spec": ["template": ["metadata": ["labels": ["a": "b"]]]]], ["spec"],
        [
          "template": ["metadata": ["labels": ["a": "b"]]], "completions": 1, "parallelism": 1, "backoffLimit": 6,
          "completionMode": "NonIndexed", "suspend": false, "podReplacementPolicy": "TerminatingOrFailed",
        ]
      ),
      (
        "batch/v1", "Job", ["spec": ["template": ["metadata": ["labels": ["a": "b"]]]]], ["metadata", "labels"],
        ["a": "b"]
      ),
      (
        "batch/v1", "CronJob", ["spec": [:]], ["spec"],
        ["concurrencyPolicy": "Allow", "suspend": false, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1]
      ),
      (
        "v1", "Service", ["spec": ["type": "LoadBalancer", "sessionAffinity": "ClientIP"]], ["spec"],
        [
          "type": "LoadBalancer", "sessionAffinity": "ClientIP",
          "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 10_800]], "internalTrafficPolicy": "Cluster",
          "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true,
        ]
      ),
      (
        "v1", "Service", ["spec": ["type": "ExternalName"]], ["spec"],
        ["type": "ExternalName", "sessionAffinity": "None"]
      ),
      ("v1", "Secret", [:], ["type"], "Opaque"),
      ("v1", "Namespace", [:], ["metadata", "labels"], ["kubernetes.io/metadata.name": "x"]),
      ("v1", "PersistentVolumeClaim", ["spec": [:]], ["spec"], ["volumeMode": "Filesystem"]),
      (
        "v1", "PersistentVolume", ["spec": [:]], ["spec"],
        ["persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"]
      ),
      ("storage.k8s.io/v1", "StorageClass", [:], ["volumeBindingMode"], "Immediate"),
      (
        "v1", "Endpoints", ["subsets": [["ports": [["port": 1]]]]], ["subsets"],
        [["ports": [["port": 1, "protocol": "TCP"]]]]
      ),
      (
        "discovery.k8s.io/v1", "EndpointSlice", ["ports": [["port": 1]]], ["ports"],
        [["port": 1, "name": "", "protocol": "TCP"]]
      ),
      (
        "rbac.authorization.k8s.io/v1", "RoleBinding",
        ["roleRef": ["kind": "Role"], "subjects": [["kind": "User"], ["kind": "ServiceAccount"]]], ["subjects"],
        [["kind": "User", "apiGroup": "rbac.authorization.k8s.io"], ["kind": "ServiceAccount"]]
      ),
      (
        "networking.k8s.io/v1", "NetworkPolicy", ["spec": ["egress": [["ports": [["port": 1]]]]]], ["spec"],
        ["egress": [["ports": [["port": 1, "protocol": "TCP"]]]], "policyTypes": ["Ingress", "Egress"]]
      ),
      ("scheduling.k8s.io/v1", "PriorityClass", [:], ["preemptionPolicy"], "PreemptLowerPriority"),
      (
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", ["spec": ["names": ["kind": "Pump"]]], ["spec"],
        ["names": ["kind": "Pump", "singular": "pump", "listKind": "PumpList"], "conversion": ["strategy": "None"]]
      ),
      (
        "apps.openyurt.io/v1beta2", "NodePool", ["spec": ["poolScopeMetadata": []]], ["spec"],
        [
          "type": "Edge", "leaderElectionStrategy": "random", "leaderReplicas": 1,
          "poolScopeMetadata": [
            ["group": "", "version": "v1", "resource": "services"],
            ["group": "discovery.k8s.io", "version": "v1", "resource": "endpointslices"],
          ],
        ]
      ),
      (
        "operations.kubeedge.io/v1alpha2", "NodeUpgradeJob", ["spec": ["concurrency": 0]], ["spec"],
        ["concurrency": 1, "timeoutSeconds": 300]
      ),
    ] as [(String, String, JSONValue, [String], JSONValue)])
  func kinds(apiVersion: String, kind: String, content: JSONValue, path: [String], expected: JSONValue) throws {
    var object: JSONValue = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": "x"],
    ]
    for (key, value) in content.objectValue ?? JSONObject() { object[key] = value }
    #expect(try defaulted(object)[path: path] == expected)
  }
}
