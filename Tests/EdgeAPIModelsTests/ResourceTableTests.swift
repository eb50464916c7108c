import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("Tables")
struct ResourceTableTests {
  private let now: Timestamp

  init() throws { now = try #require(Timestamp(rfc3339: "2026-11-25T12:00:00Z")) }

  private func cells(_ object: JSONValue, priority: Int64 = 0) -> [JSONValue] {
    let table = ResourceTable(object, now: now)
    return zip(table.columns, table.rows[0].cells).filter { $0.0.priority <= priority }.map(\.1)
  }

  private func pod(_ change: (inout JSONObject) -> Void) -> JSONValue {
    var pod: JSONObject = [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": ["name": "p", "namespace": "ns", "creationTimestamp": "2026-11-25T11:54:28Z"],
      "spec": ["containers": [["name": "a"], ["name": "b"]], "nodeName": "n1"],
      "status": [
        "phase": "Running", "podIP": "10.0.0.1",
        "containerStatuses": [
          ["name": "a", "ready": true, "restartCount": 0, "state": ["running": [:]]],
          ["name": "b", "ready": true, "restartCount": 0, "state": ["running": [:]]],
        ],
      ],
    ]
    change(&pod)
    return .object(pod)
  }

  @Test(
    "durations have at most two units",
    arguments: [
      (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (332, "5m32s"), (600, "10m"),
      (10_799, "179m"),
      (10_800, "3h"), (11_100, "3h5m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (273_600, "3d4h"),
      (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (64_800_000, "2y20d"), (252_288_000, "8y"),
    ] as [(Int, String)])
  func durations(seconds: Int, expected: String) {
    let then = Timestamp(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch - Int64(seconds) * 1_000_000_000)
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "ServiceAccount",
      "metadata": ["name": "s", "creationTimestamp": .string(then.rfc3339)],
    ]
    #expect(cells(object).last == .string(expected))
  }

  @Test("a running pod shows its containers, its age and, in the wide view, its place")
  func runningPod() {
    #expect(cells(pod { _ in }) == ["p", "2/2", "Running", "0", "5m32s"])
    #expect(
      cells(pod { $0[path: ["spec", "readinessGates"]] = [["conditionType": "x"]] }, priority: 1)
        == ["p", "2/2", "Running", "0", "5m32s", "10.0.0.1", "n1", "<none>", "0/1"])
  }

  @Test("the container in trouble names the status, restarts tell when the last one was")
  func podInTrouble() {
    let crashing = pod {
      $0[path: ["status", "containerStatuses"]] = [
        [
          "name": "a", "ready": false, "restartCount": 3, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
          "lastState": ["terminated": ["finishedAt": "2026-11-25T11:55:00Z"]],
        ], ["name": "b", "ready": true, "restartCount": 1, "state": ["running": [:]]],
      ]
    }
    #expect(cells(crashing) == ["p", "1/2", "CrashLoopBackOff", "4 (5m ago)", "5m32s"])
    #expect(
      cells(
        pod {
          $0[path: ["status", "containerStatuses"]] = [["state": ["terminated": ["exitCode": 3]]]]
        })[2] == "ExitCode:3")
    #expect(
      cells(
        pod {
          $0[path: ["status", "containerStatuses"]] = [["state": ["terminated": ["exitCode": 137, "signal": 9]]]]
        })[2] == "Signal:9")
  }

  @Test("a pod that initializes, completes, is evicted, gated, lost or deleted says so")
  func podPhases() {
    #expect(
      cells(
        pod {
          $0[path: ["spec", "initContainers"]] = [["name": "i"], ["name": "j"]]
          $0[path: ["status", "phase"]] = "Pending"
          $0[path: ["status", "initContainerStatuses"]] = [
            ["name": "i", "state": ["terminated": ["exitCode": 0]]], ["name": "j", "state": ["running": [:]]],
          ]
          $0[path: ["status", "containerStatuses"]] = [["state": ["waiting": ["reason": "PodInitializing"]]]]
        })[1...2] == ["0/2", "Init:1/2"])
    #expect(
      cells(
        pod {
          $0[path: ["spec", "initContainers"]] = [["name": "i"]]
          $0[path: ["status", "initContainerStatuses"]] = [["name": "i", "state": ["terminated": ["exitCode": 1]]]]
        })[2] == "Init:ExitCode:1")
    let sidecar = pod {
      $0[path: ["spec", "initContainers"]] = [["name": "i", "restartPolicy": "Always"]]
      $0[path: ["status", "initContainerStatuses"]] = [
        ["name": "i", "started": true, "ready": true, "restartCount": 2, "state": ["running": [:]]]
      ]
    }
    #expect(cells(sidecar)[1...3] == ["3/3", "Running", "2"])
    #expect(
      cells(
        pod {
          $0[path: ["status", "reason"]] = "Evicted"
          $0[path: ["status", "containerStatuses"]] = nil
        })[2] == "Evicted")
    #expect(cells(pod { $0[path: ["metadata", "deletionTimestamp"]] = "2026-11-25T12:00:00Z" })[2] == "Terminating")
    #expect(
      cells(
        pod {
          $0[path: ["metadata", "deletionTimestamp"]] = "2026-11-25T12:00:00Z"
          $0[path: ["status", "reason"]] = "NodeLost"
        })[2] == "Unknown")
    let done = pod {
      $0[path: ["status", "phase"]] = "Succeeded"
      $0[path: ["status", "containerStatuses"]] = [["state": ["terminated": ["exitCode": 0, "reason": "Completed"]]]]
    }
    #expect(cells(done)[2] == "Completed")
    #expect(ResourceTable(done, now: now).rows[0].conditions.first?["type"] == "Completed")
  }

  @Test("a list becomes a table with the list's version, rows carry what was asked for")
  func shape() {
    let list: JSONValue = [
      "apiVersion": "v1", "kind": "ConfigMapList",
      "metadata": ["resourceVersion": "7", "continue": "c", "remainingItemCount": 3],
      "items": [
        [
          "metadata": ["name": "a", "namespace": "ns", "creationTimestamp": "2026-11-25T11:59:00Z"], "data": ["x": "y"],
        ],
        ["metadata": ["name": "b"]],
      ],
    ]
    let json = ResourceTable(list, now: now).json
    #expect(json["kind"] == "Table" && json["apiVersion"] == "meta.k8s.io/v1")
    #expect(json["metadata"] == ["resourceVersion": "7", "continue": "c", "remainingItemCount": 3])
    #expect(json["columnDefinitions"]?.arrayValue?.map { $0["name"] } == ["Name", "Data", "Age"])
    #expect(json["columnDefinitions"]?[0]?["format"] == "name")
    #expect(json["rows"]?[0]?["cells"] == ["a", 1, "60s"])
    #expect(json["rows"]?[1]?["cells"] == ["b", 0, "<unknown>"])
    #expect(json["rows"]?[0]?["object"]?["kind"] == "PartialObjectMetadata")
    #expect(json["rows"]?[0]?["object"]?["data"] == nil)
    #expect(ResourceTable(list, now: now, includes: .none).json["rows"]?[0]?["object"] == .null)
    let full = ResourceTable(list, now: now, includes: .object).json["rows"]?[0]?["object"]
    #expect(full?["kind"] == "ConfigMap" && full?["apiVersion"] == "v1" && full?["data"] == ["x": "y"])
    #expect(ResourceTable(list, now: now).jsonWithoutColumns["columnDefinitions"] == .null)
  }

  @Test("columns follow the kind, also of an empty list and of kinds that nobody here knows")
  func columns() {
    func names(_ apiVersion: String, _ kind: String) -> [String] {
      guard let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind) else { return [] }
      return ResourceTable([], kind: gvk, now: now).columns.filter { $0.priority == 0 }.map(\.name)
    }
    #expect(names("v1", "Secret") == ["Name", "Type", "Data", "Age"])
    #expect(names("v1", "LimitRange") == ["Name", "Created At"])
    #expect(names("storage.k8s.io/v1", "CSINode") == ["Name", "Created At"])
    #expect(names("sedna.io/v1alpha1", "Model") == ["Name", "Age"])
    #expect(names("devices.kubeedge.io/v1beta1", "Device") == ["Name", "Age"])
    #expect(names("apps.openyurt.io/v1beta1", "YurtAppSet") == ["Name", "TOTAL", "READY", "UPDATED", "AGE"])
    #expect(names("batch/v1", "Job") == ["Name", "Status", "Completions", "Duration", "Age"])
  }

  @Test("text is padded, titles are capitals, the namespace comes first when it is asked for")
  func text() {
    let table = ResourceTable(pod { _ in }, now: now)
    #expect(
      table.text(showsNamespace: true) == """
        NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE
        ns          p      2/2     Running   0          5m32s
        """)
    #expect(table.text(.wide).hasPrefix("NAME   READY   STATUS    RESTARTS   AGE     IP         NODE   NOMINATED NODE"))
  }

  @Test(
    "the kinds of a cluster print as the API server prints them",
    arguments: [
      (
        [
          "apiVersion": "v1", "kind": "Node",
          "metadata": [
            "name": "n", "labels": ["node-role.kubernetes.io/edge": "", "node-role.kubernetes.io/agent": ""],
          ],
          "spec": ["unschedulable": true],
          "status": [
            "conditions": [["type": "Ready", "status": "True"]], "nodeInfo": ["kubeletVersion": "v1.30.1"],
            "addresses": [["type": "InternalIP", "address": "10.1.1.1"]],
          ],
        ],
        [
          "n", "Ready,SchedulingDisabled", "agent,edge", "<unknown>", "v1.30.1", "10.1.1.1", "<none>", "<unknown>",
          "<unknown>", "<unknown>",
        ]
      ),
      (
        ["apiVersion": "v1", "kind": "Node", "metadata": ["name": "n"]],
        ["n", "Unknown", "<none>", "<unknown>", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]
      ),
      (
        [
          "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
          "spec": [
            "type": "NodePort", "clusterIP": "10.2.0.1", "selector": ["b": "2", "a": "1"],
            "ports": [["port": 80, "nodePort": 30001, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
          ],
        ], ["s", "NodePort", "10.2.0.1", "<none>", "80:30001/TCP,53/UDP", "<unknown>", "a=1,b=2"]
      ),
      (
        [
          "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
          "spec": ["type": "LoadBalancer", "clusterIP": "None"],
        ], ["s", "LoadBalancer", "None", "<pending>", "<none>", "<unknown>", "<none>"]
      ),
      (
        [
          "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
          "spec": [
            "replicas": 3, "selector": ["matchLabels": ["app": "x"]],
            "template": ["spec": ["containers": [["name": "a", "image": "i:1"], ["name": "b", "image": "j"]]]],
          ], "status": ["readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1],
        ], ["d", "1/3", 2, 1, "<unknown>", "a,b", "i:1,j", "app=x"]
      ),
      (
        [
          "apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": "j"], "spec": ["completions": 2],
          "status": [
            "succeeded": 1, "startTime": "2026-11-25T11:58:00Z",
            "conditions": [["type": "Suspended", "status": "False"]],
          ],
        ], ["j", "Running", "1/2", "2m", "<unknown>", "", "", "<none>"]
      ),
      (
        [
          "apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "c"],
          "spec": ["schedule": "* * * * *", "suspend": false], "status": ["lastScheduleTime": "2026-11-25T11:59:10Z"],
        ], ["c", "* * * * *", "<none>", "False", 0, "50s", "<unknown>", "", "", "<none>"]
      ),
      (
        [
          "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"], "type": "Warning", "reason": "Failed",
          "involvedObject": ["kind": "Pod", "name": "p"], "message": " bad\n", "count": 4,
          "firstTimestamp": "2026-11-25T11:00:00Z", "lastTimestamp": "2026-11-25T11:59:00Z",
          "source": ["component": "kubelet", "host": "n"],
        ], ["60s", "Warning", "Failed", "pod/p", "", "kubelet, n", "bad", "60m", 4, "e"]
      ),
      (
        [
          "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": ["name": "s"],
          "addressType": "IPv4", "ports": [["port": 80]],
          "endpoints": [["addresses": ["1.1.1.1", "1.1.1.2"]], ["addresses": ["1.1.1.3", "1.1.1.4"]]],
        ], ["s", "IPv4", "80", "1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...", "<unknown>"]
      ),
      (
        [
          "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": "s"],
          "subsets": [["addresses": [["ip": "1.1.1.1"], ["ip": "::1"]], "ports": [["port": 80]]]],
        ], ["s", "1.1.1.1:80,[::1]:80", "<unknown>"]
      ),
      (
        [
          "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": ["name": "r"],
          "roleRef": ["kind": "Role", "name": "x"],
          "subjects": [["kind": "User", "name": "u"], ["kind": "ServiceAccount", "name": "s", "namespace": "n"]],
        ], ["r", "Role/x", "<unknown>", "u", "", "n/s"]
      ),
      (
        [
          "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
          "metadata": ["name": "r", "creationTimestamp": "2026-11-25T13:00:00+01:00"],
        ], ["r", "2026-11-25T12:00:00Z"]
      ),
      (
        [
          "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": "v"],
          "spec": [
            "capacity": ["storage": "1024Mi"], "accessModes": ["ReadOnlyMany", "ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "claimRef": ["namespace": "n", "name": "c"],
            "volumeMode": "Filesystem",
          ], "status": ["phase": "Bound"],
        ], ["v", "1Gi", "RWO,ROX", "Retain", "Bound", "n/c", "", "<unset>", "", "<unknown>", "Filesystem"]
      ),
      (
        [
          "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p",
          "metadata": ["name": "s", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"]],
        ], ["s (default)", "p", "Delete", "Immediate", false, "<unknown>"]
      ),
      (
        [
          "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "i"],
          "spec": ["rules": [["host": "a"], ["host": "b"]], "tls": [[:]]],
          "status": ["loadBalancer": ["ingress": [["ip": "10.0.0.2"], ["hostname": "10.0.0.1"], ["ip": "10.0.0.2"]]]],
        ], ["i", "<none>", "a,b", "10.0.0.1,10.0.0.2", "80, 443", "<unknown>"]
      ),
      (
        [
          "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "i"],
          "spec": ["rules": [["host": "a"], ["host": "b"], [:], ["host": "c"], ["host": "d"]]],
        ], ["i", "<none>", "a,b,c + 2 more...", "", "80", "<unknown>"]
      ),
      (
        [
          "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": ["name": "c"],
          "spec": ["signerName": "s", "username": "u", "expirationSeconds": 3600],
          "status": ["conditions": [["type": "Approved"]], "certificate": "x"],
        ], ["c", "<unknown>", "s", "u", "60m", "Approved,Issued"]
      ),
      (
        [
          "apiVersion": "apps.openyurt.io/v1beta2", "kind": "NodePool", "metadata": ["name": "p"],
          "spec": ["type": "Edge"],
          "status": [
            "readyNodeNum": 2, "unreadyNodeNum": 1, "leaderNum": 1, "leaderLastElectedTime": "2026-11-25T11:59:00Z",
          ],
        ], ["p", "Edge", 2, 1, 1, "60s", .null]
      ),
      (
        [
          "apiVersion": "devices.kubeedge.io/v1beta1", "kind": "DeviceStatus",
          "metadata": ["name": "d", "creationTimestamp": "2026-11-25T11:59:00Z"],
          "status": [
            "state": "ok", "twins": [["propertyName": "t", "reported": ["value": "21"]], ["propertyName": "u"]],
          ],
        ], ["d", "60s", "ok", "t=21,u=<none>"]
      ),
      (["apiVersion": "example.com/v1", "kind": "Other", "metadata": ["name": "o"]], ["o", .null]),
    ] as [(JSONValue, [JSONValue])])
  func kinds(object: JSONValue, expected: [JSONValue]) {
    #expect(cells(object, priority: 1) == expected)
  }

  @Test("printer columns look up simple paths, quoted members, indices and filters, and convert by their type")
  func printerColumns() {
    let object: JSONValue = [
      "apiVersion": "e.com/v1", "kind": "X", "metadata": ["name": "x", "labels": ["a.b/c": "L"]],
      "spec": [
        "n": 3, "f": JSONNumber(2.5).map { .number($0) } ?? .null, "list": [["k": "v"], ["k": "w"]], "o": ["p": 1],
      ],
      "status": ["conditions": [["type": "Ready", "status": "True"]], "at": "2026-11-25T11:58:00Z", "bad": "never"],
    ]
    func column(_ path: String, _ type: String = "string") -> PrinterColumn {
      PrinterColumn(name: path, type: type, jsonPath: path)
    }
    let layout = TableLayout([
      column(".spec.n", "integer"), column(".spec.f", "integer"), column(".spec.f", "number"), column(".spec.n"),
      column(#".metadata.labels['a\.b/c']"#), column(#".metadata.labels.a\.b/c"#), column(".spec.list[1].k"),
      column(".spec.list[*].k"), column(#".status.conditions[?(@.type=="Ready")].status"#),
      column(".status.at", "date"),
      column(".status.bad", "date"), column(".spec.o"), column(".none.at.all"), column("not a path"),
    ])
    #expect(
      ResourceTable(object, layout: layout, now: now).rows[0].cells == [
        "x", 3, 2, object["spec"]?["f"] ?? .null, "3", "L", "L", "w", "v", "True", "2m", "<invalid>", #"{"p":1}"#,
        .null,
        .null,
      ])
    #expect(TableLayout([PrinterColumn]()).columns.map(\.name) == ["Name", "Age"])
  }

  @Test("whatever stands in an object's fields, a table comes out")
  func hostileShapes() {
    let kinds = [
      ("v1", "Pod"), ("v1", "Node"), ("v1", "Service"), ("v1", "Event"), ("v1", "Endpoints"), ("apps/v1", "Deployment"),
      ("batch/v1", "Job"), ("batch/v1", "CronJob"), ("v1", "PersistentVolumeClaim"),
      ("networking.k8s.io/v1", "Ingress"),
      ("discovery.k8s.io/v1", "EndpointSlice"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
      ("devices.kubeedge.io/v1beta1", "DeviceStatus"), ("raven.openyurt.io/v1beta1", "Gateway"),
    ]
    let hostile: [JSONValue] = [.null, true, -1, "x", [], [.null], [[]], [:], ["a": .null]]
    for (apiVersion, kind) in kinds {
      for value in hostile {
        for member in ["metadata", "spec", "status", "subsets", "endpoints", "items"] {
          let object: JSONValue = ["apiVersion": .string(apiVersion), "kind": .string(kind), member: value]
          let table = ResourceTable(object, now: now, includes: .object)
          #expect(table.rows.allSatisfy { $0.cells.count == table.columns.count })
          _ = table.text(.wide, showsNamespace: true)
        }
      }
    }
  }
}
