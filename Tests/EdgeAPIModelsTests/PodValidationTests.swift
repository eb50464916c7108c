import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Validation of pods")
struct PodValidationTests {
  private let pod: JSONObject = [
    "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": "default"],
    "spec": [
      "volumes": [["name": "data", "emptyDir": [:]]],
      "containers": [
        [
          "name": "a", "image": "a:1", "ports": [["name": "http", "containerPort": 80]],
          "volumeMounts": [["name": "data", "mountPath": "/data"]],
          "livenessProbe": ["httpGet": ["path": "/", "port": "http"]],
          "resources": ["limits": ["cpu": "1"], "requests": ["cpu": "500m", "memory": "1Gi"]],
        ]
      ],
    ],
  ]

  private func errors(_ change: (inout JSONObject) -> Void) throws -> [String] {
    var spec = pod["spec"]?.objectValue ?? JSONObject()
    change(&spec)
    var pod = pod
    pod["spec"] = .object(spec)
    return ObjectValidation.validate(try UnstructuredObject(content: pod)).map(\.description)
  }

  /// The errors of a pod whose one container has another member.
  private func container(_ name: String, _ value: JSONValue) throws -> [String] {
    try errors { spec in
      var container = spec["containers"]?[0] ?? [:]
      container[name] = value
      spec["containers"] = [container]
    }
  }

  @Test("a good pod has no errors, before and after it is completed")
  func good() throws {
    #expect(try errors { _ in } == [])
    var object = try UnstructuredObject(content: pod)
    ObjectDefaults.apply(to: &object)
    #expect(ObjectValidation.validate(object) == [])
  }

  @Test(
    "what is wrong with a container is said in the words of Kubernetes",
    arguments: [
      ("image", "", ["spec.containers[0].image: Required value"]),
      (
        "image", " a", [#"spec.containers[0].image: Invalid value: " a": must not have leading or trailing whitespace"#]
      ),
      (
        "imagePullPolicy", "Sometimes",
        [
          #"spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never""#
        ]
      ),
      ("ports", [["name": "http", "containerPort": 0]], ["spec.containers[0].ports[0].containerPort: Required value"]),
      (
        "ports", [["containerPort": 70_000]],
        ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"]
      ),
      (
        "ports", [["containerPort": 1, "hostPort": 9], ["containerPort": 2, "hostPort": 9]],
        [#"spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//9""#]
      ),
      (
        "env", [["name": "A", "value": "x", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]],
        [#"spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty"#]
      ),
      (
        "env", [["name": "A", "valueFrom": [:]]],
        [
          #"spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"#
        ]
      ),
      (
        "env", [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "spec.x"]]]],
        [
          #"spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "spec.x": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs""#
        ]
      ),
      ("env", [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['a/b']"]]]], []),
      (
        "envFrom", [[:]],
        [#"spec.containers[0].envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`"#]
      ),
      (
        "volumeMounts", [["name": "x", "mountPath": "/a"], ["name": "data", "mountPath": "/a", "subPath": "../b"]],
        [
          #"spec.containers[0].volumeMounts[0].name: Not found: "x""#,
          #"spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique"#,
          #"spec.containers[0].volumeMounts[1].subPath: Invalid value: "../b": must not contain '..'"#,
        ]
      ),
      ("livenessProbe", [:], ["spec.containers[0].livenessProbe: Required value: must specify a handler type"]),
      (
        "livenessProbe", ["exec": ["command": ["x"]], "tcpSocket": ["port": 1], "successThreshold": 2],
        [
          "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
          "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ]
      ),
      (
        "readinessProbe", ["grpc": ["port": 0], "periodSeconds": -1],
        [
          "spec.containers[0].readinessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive",
          "spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
        ]
      ),
      (
        "resources", ["limits": ["cpu": "1"], "requests": ["cpu": "2"]],
        [#"spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1"#]
      ),
      (
        "resources", ["limits": ["cpu": "1x", "memory": "-1"]],
        [
          #"spec.containers[0].resources.limits[cpu]: Invalid value: "1x": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"#,
          #"spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0"#,
        ]
      ),
      (
        "resources", ["requests": ["example.com/gpu": "500m", "disk": "1"]],
        [
          #"spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer"#,
          "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources",
          #"spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers"#,
        ]
      ),
      (
        "securityContext", ["privileged": true, "allowPrivilegeEscalation": false],
        [
          #"spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true"#
        ]
      ),
      (
        "restartPolicy", "Always",
        ["spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers"]
      ),
    ] as [(String, JSONValue, [String])])
  func containers(member: String, value: JSONValue, expected: [String]) throws {
    #expect(try container(member, value) == expected)
  }

  @Test(
    "what is wrong with the rest of a pod is said in the words of Kubernetes",
    arguments: [
      ("containers", [], ["spec.containers: Required value"]),
      (
        "restartPolicy", "Maybe",
        [#"spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never""#]
      ),
      (
        "dnsPolicy", "None",
        [
          "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"
        ]
      ),
      (
        "activeDeadlineSeconds", 0,
        ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]
      ),
      (
        "volumes", [["name": "data", "emptyDir": [:], "hostPath": ["path": "/a/../b", "type": "Dir"]]],
        [
          "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
          #"spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'"#,
          #"spec.volumes[0].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket""#,
        ]
      ),
      (
        "volumes", [["name": "data", "secret": ["defaultMode": 512, "items": [["key": "k", "path": "/x"]]]]],
        [
          "spec.volumes[0].secret.secretName: Required value",
          "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
          #"spec.volumes[0].secret.items[0].path: Invalid value: "/x": must be a relative path"#,
        ]
      ),
      (
        "volumes", [["name": "data"], ["name": "data"]],
        [#"spec.volumes[1].name: Duplicate value: "data""#]
      ),
      (
        "tolerations", [["key": "k", "operator": "Exists", "value": "v", "tolerationSeconds": 5]],
        [
          #"spec.tolerations[0].operator: Invalid value: "v": value must be empty when `operator` is 'Exists'"#,
          #"spec.tolerations[0].effect: Invalid value: "": effect must be 'NoExecute' when `tolerationSeconds` is set"#,
        ]
      ),
      (
        "affinity",
        [
          "nodeAffinity": [
            "requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": []],
            "preferredDuringSchedulingIgnoredDuringExecution": [
              ["weight": 0, "preference": ["matchExpressions": [["key": "a", "operator": "In"]]]]
            ],
          ], "podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [["labelSelector": [:]]]],
        ],
        [
          "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
          "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100",
          "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
          "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty",
        ]
      ),
      (
        "topologySpreadConstraints", [["maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "x"]],
        [
          "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
          #"spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "x": supported values: "DoNotSchedule", "ScheduleAnyway""#,
        ]
      ),
      (
        "hostAliases", [["ip": "x"]],
        [#"spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"#]
      ),
      (
        "initContainers", [["name": "i", "image": "i", "readinessProbe": ["tcpSocket": ["port": 1]]]],
        [
          "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always"
        ]
      ),
      ("initContainers", [["name": "a", "image": "i"]], [#"spec.initContainers[0].name: Duplicate value: "a""#]),
    ] as [(String, JSONValue, [String])])
  func pods(member: String, value: JSONValue, expected: [String]) throws {
    #expect(try errors { $0[member] = value } == expected)
  }

  @Test(
    "an update may change images, add tolerations and bind, and nothing else",
    arguments: [
      (["spec", "nodeName"], "n1", []),
      (["spec", "terminationGracePeriodSeconds"], 1, []),
      (
        ["spec", "tolerations"],
        [["key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9], ["operator": "Exists"]], []
      ),
      (
        ["spec", "tolerations"], [],
        ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]
      ),
      (
        ["spec", "activeDeadlineSeconds"], 11,
        ["spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value"]
      ),
      (["spec", "hostname"], "h", ["spec: Forbidden: pod updates may not change fields other than"]),
      (["metadata", "uid"], "other", [#"metadata.uid: Invalid value: "other": field is immutable"#]),
      (["metadata", "labels"], ["a": "b"], []),
      (["spec", "containers"], [["name": "a", "image": "b:2"]], []),
      (
        ["spec", "containers"], [["name": "b", "image": "b:2"]],
        ["spec: Forbidden: pod updates may not change fields other than"]
      ),
      (
        ["spec", "containers"], [["name": "a", "image": "b:2"], ["name": "b", "image": "x"]],
        ["spec.containers: Forbidden: pod updates may not add or remove containers"]
      ),
    ] as [([String], JSONValue, [String])])
  func updates(path: [String], value: JSONValue, expected: [String]) throws {
    let old = try UnstructuredObject(content: [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "uid": "u"],
      "spec": [
        "activeDeadlineSeconds": 10, "containers": [["name": "a", "image": "a:1"]],
        "tolerations": [["key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5]],
      ],
    ])
    var new = old
    new.content[path: path] = value
    let found = ObjectValidation.validate(updated: new, old: old).map(\.description)
    #expect(found.count == expected.count && zip(found, expected).allSatisfy { $0.hasPrefix($1) }, "\(found)")
  }
}
