import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Validation of the kinds of a cluster")
struct ClusterValidationTests {
  private func errors(_ apiVersion: String, _ kind: String, _ content: JSONValue) throws -> [String] {
    var object: JSONObject = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": "x"],
    ]
    for (key, value) in content.objectValue ?? JSONObject() { object[key] = value }
    return ObjectValidation.validate(try UnstructuredObject(content: object)).map(\.description)
  }

  private static let template: JSONValue = [
    "metadata": ["labels": ["app": "a"]], "spec": ["containers": [["name": "a", "image": "a"]]],
  ]

  @Test(
    "each kind fails in the words of Kubernetes",
    arguments: [
      (
        "v1", "Service",
        [
          "spec": [
            "type": "ClusterIP", "externalTrafficPolicy": "Local", "sessionAffinity": "None",
            "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 5]], "allocateLoadBalancerNodePorts": true,
            "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4", "IPv4"], "externalIPs": ["x"],
            "ports": [["port": 80, "nodePort": 30_000]],
          ]
        ],
        [
          "spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None",
          #"spec.clusterIPs: Invalid value: ["10.0.0.1"]: first value must match `clusterIP`"#,
          "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
          #"spec.ipFamilies[1]: Duplicate value: "IPv4""#,
          #"spec.externalIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"#,
          "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
        ]
      ),
      (
        "v1", "Service", ["spec": ["type": "NodePort", "clusterIP": "None", "ports": [["port": 1]]]],
        [#"spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services"#]
      ),
      (
        "v1", "Service", ["spec": ["type": "ExternalName", "externalName": "a_b", "ipFamilyPolicy": "SingleStack"]],
        [
          "spec.externalName: Invalid value",
          "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services",
        ]
      ),
      ("v1", "Service", ["spec": ["type": "ExternalName", "externalName": "a.example.com."]], []),
      (
        "apps/v1", "Deployment",
        [
          "spec": [
            "selector": ["matchLabels": ["app": "a"]], "template": template, "minReadySeconds": 700,
            "progressDeadlineSeconds": 600,
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 0, "maxSurge": "0%"]],
          ]
        ],
        [
          "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
          "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
        ]
      ),
      (
        "apps/v1", "Deployment",
        [
          "spec": [
            "selector": ["matchLabels": ["app": "a"]], "template": template,
            "strategy": ["type": "Recreate", "rollingUpdate": [:]],
          ]
        ],
        ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]
      ),
      (
        "apps/v1", "StatefulSet",
        [
          "spec": [
            "selector": ["matchLabels": ["app": "a"]], "template": template, "podManagementPolicy": "x",
            "volumeClaimTemplates": [["metadata": ["name": "d"], "spec": ["accessModes": ["ReadWriteOnce"]]]],
          ]
        ],
        [
          #"spec.podManagementPolicy: Invalid value: "x": must be 'OrderedReady' or 'Parallel'"#,
          "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
        ]
      ),
      (
        "batch/v1", "Job", ["spec": ["template": template, "completionMode": "Indexed", "backoffLimit": -1]],
        [
          "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
          "spec.completions: Required value: when completion mode is Indexed",
          #"spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#,
        ]
      ),
      (
        "batch/v1", "CronJob",
        [
          "spec": [
            "schedule": "61 * * * *", "concurrencyPolicy": "x",
            "jobTemplate": [
              "spec": ["template": ["spec": ["restartPolicy": "Never", "containers": [["name": "a", "image": "a"]]]]]
            ],
          ]
        ],
        [
          #"spec.schedule: Invalid value: "61 * * * *": failed to parse 61"#,
          #"spec.concurrencyPolicy: Unsupported value: "x": supported values: "Allow", "Forbid", "Replace""#,
        ]
      ),
      (
        "v1", "Secret", ["type": "kubernetes.io/tls", "data": ["tls.crt": "?", "a/b": "eA=="]],
        [
          #"data[tls.crt]: Invalid value: "": illegal base64 data"#,
          #"data[a/b]: Invalid value: "a/b": a valid config key"#,
          "data[tls.key]: Required value",
        ]
      ),
      (
        "v1", "Secret", ["type": "kubernetes.io/service-account-token"],
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
      ),
      (
        "v1", "ConfigMap", ["data": ["a": .string(String(repeating: "x", count: 1 << 20)), "b": "y"]],
        [": Too long: may not be more than 1048576 bytes"]
      ),
      (
        "v1", "Node",
        [
          "spec": [
            "podCIDRs": ["10.0.0.0"],
            "taints": [["key": "a", "effect": "NoSchedule"], ["key": "a", "effect": "NoSchedule", "value": "b"]],
          ]
        ],
        [
          #"spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"b"}"#,
          #"spec.podCIDRs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"#,
        ]
      ),
      (
        "v1", "Endpoints", ["subsets": [["ports": [["port": 80]]], ["addresses": [["ip": "x"]]]]],
        [
          "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
          #"subsets[1].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"#,
        ]
      ),
      (
        "discovery.k8s.io/v1", "EndpointSlice",
        [
          "addressType": "IPv4",
          "endpoints": [["addresses": ["10.0.0.1"], "hints": ["forZones": [["name": "z"], ["name": "z"]]]]],
        ], [#"endpoints[0].hints.forZones[1].name: Duplicate value: "z""#]
      ),
      (
        "v1", "PersistentVolume",
        [
          "spec": [
            "capacity": ["storage": "0"], "accessModes": ["ReadWriteOnce"], "local": ["path": "/x"],
            "nfs": ["server": "s", "path": "x"],
          ]
        ],
        [
          #"spec.capacity[storage]: Invalid value: "0": must be greater than zero"#,
          "spec.nfs: Forbidden: may not specify more than 1 volume type",
          "spec.nodeAffinity: Required value: Local volume requires node affinity",
        ]
      ),
      (
        "v1", "PersistentVolumeClaim",
        ["spec": ["accessModes": ["ReadWriteOncePod", "ReadOnlyMany"], "volumeMode": "Disk"]],
        [
          "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
          "spec.resources[storage]: Required value",
          #"spec.volumeMode: Unsupported value: "Disk": supported values: "Block", "Filesystem""#,
        ]
      ),
      (
        "storage.k8s.io/v1", "StorageClass", ["reclaimPolicy": "Recycle"],
        [
          "provisioner: Required value",
          #"reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain""#,
        ]
      ),
      (
        "rbac.authorization.k8s.io/v1", "Role",
        ["rules": [["verbs": []], ["verbs": ["get"], "nonResourceURLs": ["/x"]]]],
        [
          "rules[0].verbs: Required value: verbs must contain at least one value",
          "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
          "rules[0].resources: Required value: resource rules must supply at least one resource",
          #"rules[1].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs"#,
        ]
      ),
      (
        "rbac.authorization.k8s.io/v1", "ClusterRoleBinding",
        [
          "roleRef": ["kind": "Role", "name": "a/b"],
          "subjects": [["kind": "ServiceAccount", "name": "s"], ["kind": "Robot", "name": "r"]],
        ],
        [
          #"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#,
          #"roleRef.name: Invalid value: "a/b": may not contain '/'"#, "subjects[0].namespace: Required value",
          #"subjects[1].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User""#,
        ]
      ),
      (
        "networking.k8s.io/v1", "Ingress",
        [
          "spec": [
            "rules": [
              [
                "host": "10.0.0.1",
                "http": [
                  "paths": [
                    [
                      "path": "x//y", "pathType": "Prefix",
                      "backend": ["service": ["name": "s", "port": ["name": "a", "number": 1]]],
                    ],
                    ["backend": ["service": ["name": "s", "port": [:]]]],
                  ]
                ],
              ]
            ]
          ]
        ],
        [
          #"spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address"#,
          #"spec.rules[0].http.paths[0].path: Invalid value: "x//y": must be an absolute path"#,
          #"spec.rules[0].http.paths[0].path: Invalid value: "x//y": must not contain '//'"#,
          #"spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number"#,
          "spec.rules[0].http.paths[1].pathType: Required value: pathType must be specified",
          "spec.rules[0].http.paths[1].backend: Required value: port name or number is required",
        ]
      ),
      (
        "networking.k8s.io/v1", "Ingress", ["spec": [:]],
        ["spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"]
      ),
      (
        "networking.k8s.io/v1", "NetworkPolicy",
        [
          "spec": [
            "podSelector": [:], "policyTypes": ["Ingres"],
            "ingress": [
              [
                "ports": [["port": 90, "endPort": 80]], "from": [[:], ["ipBlock": ["cidr": "x"], "podSelector": [:]]],
              ]
            ],
          ]
        ],
        [
          "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
          "spec.ingress[0].from[0]: Required value: must specify a peer",
          "spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer",
          #"spec.ingress[0].from[1].ipBlock.cidr: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"#,
          #"spec.policyTypes[0]: Unsupported value: "Ingres": supported values: "Egress", "Ingress""#,
        ]
      ),
      (
        "scheduling.k8s.io/v1", "PriorityClass", ["metadata": ["name": "system-x"], "value": 1_000_000_001],
        [
          "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only",
          "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
        ]
      ),
      ("node.k8s.io/v1", "RuntimeClass", ["handler": "A"], ["handler: Invalid value"]),
      (
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", ["spec": ["group": "a.b"]],
        [
          "spec.names: Required value", "spec.scope: Required value", "spec.versions: Required value",
          "metadata.name: Invalid value",
        ]
      ),
    ] as [(String, String, JSONValue, [String])])
  func kinds(apiVersion: String, kind: String, content: JSONValue, expected: [String]) throws {
    let found = try errors(apiVersion, kind, content)
    #expect(found.count == expected.count && zip(found, expected).allSatisfy { $0.hasPrefix($1) }, "\(found)")
  }

  @Test(
    "schedules are read as cron reads them",
    arguments: [
      ("*/5 0-23/2 1,15 jan-mar mon", true), ("@hourly", true), ("@every 1h30m", true), ("* * * *", false),
      ("* * * * * *", false), ("5-1 * * * *", false), ("* 24 * * *", false), ("*/0 * * * *", false),
      ("@sometimes", false),
      ("TZ=UTC * * * * *", false), ("a * * * *", false), (", * * * *", false), ("1- * * * *", false),
    ])
  func schedules(text: String, isGood: Bool) throws {
    let spec: JSONValue = [
      "spec": [
        "schedule": .string(text),
        "jobTemplate": [
          "spec": ["template": ["spec": ["restartPolicy": "Never", "containers": [["name": "a", "image": "a"]]]]]
        ],
      ]
    ]
    #expect(try errors("batch/v1", "CronJob", spec).isEmpty == isGood)
  }

  @Test(
    "fields that may not change are refused",
    arguments: [
      (
        "apps/v1", "Deployment", ["spec", "selector"], ["matchLabels": ["a": "b"]], ["matchLabels": ["a": "c"]],
        #"spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable"#
      ),
      (
        "v1", "Service", ["spec", "clusterIP"], "10.0.0.1", "10.0.0.2",
        #"spec.clusterIPs[0]: Invalid value: "10.0.0.2": may not change once set"#
      ),
      ("v1", "Secret", ["type"], "a", "b", #"type: Invalid value: "b": field is immutable"#),
      (
        "apps/v1", "StatefulSet", ["spec", "serviceName"], "a", "b",
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
      ),
      (
        "v1", "PersistentVolumeClaim", ["spec", "storageClassName"], "a", "b",
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
      ),
      (
        "rbac.authorization.k8s.io/v1", "RoleBinding", ["roleRef"], ["kind": "Role", "name": "a"],
        ["kind": "Role", "name": "b"],
        #"roleRef: Invalid value: {"kind":"Role","name":"b"}: cannot change roleRef"#
      ),
      (
        "discovery.k8s.io/v1", "EndpointSlice", ["addressType"], "IPv4", "IPv6",
        #"addressType: Invalid value: "IPv6": field is immutable"#
      ),
      (
        "apps.openyurt.io/v1beta2", "NodePool", ["spec", "type"], "Edge", "Cloud",
        "spec.type: Forbidden: pool type can't be changed"
      ),
      (
        "apps.openyurt.io/v1beta2", "NodePool", ["spec", "hostNetwork"], false, true,
        "spec.hostNetwork: Forbidden: pool hostNetwork can't be changed"
      ),
      (
        "operations.kubeedge.io/v1alpha2", "NodeUpgradeJob", ["spec"], ["version": "v1.2.0", "nodeNames": ["a"]],
        ["version": "v1.3.0", "nodeNames": ["a"]],
        "spec: Forbidden: spec fields are not allowed to update once it's created"
      ),
      (
        "v1", "Node", ["spec", "podCIDRs"], ["10.0.0.0/24"], ["10.0.1.0/24"],
        #"spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid"#
      ),
    ] as [(String, String, [String], JSONValue, JSONValue, String)])
  func updates(
    apiVersion: String, kind: String, path: [String], before: JSONValue, after: JSONValue, expected: String
  ) throws {
    var old = UnstructuredObject(apiVersion: apiVersion, kind: kind, name: "x")
    old.content[path: path] = before
    var new = old
    new.content[path: path] = after
    #expect(ObjectValidation.validate(updated: new, old: old).map(\.description).contains(expected))
    let same = ObjectValidation.validate(updated: old, old: old)
    #expect(same == ObjectValidation.validate(old))
  }

  @Test("an immutable config map keeps its data, a dying object gets no new finalizers, generations only grow")
  func moreUpdates() throws {
    var old = UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: "x")
    old["data"] = ["a": "b"]
    old["immutable"] = true
    old["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
    old["metadata", "generation"] = 3
    var new = old
    new["data"] = ["a": "c"]
    new["immutable"] = nil
    new["metadata", "finalizers"] = ["example.com/f"]
    new["metadata", "generation"] = 2
    #expect(
      ObjectValidation.validate(updated: new, old: old).map(\.description) == [
        "metadata.generation: Invalid value: 2: must not be decremented",
        #"metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/f"}"#,
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
      ])
  }
}
