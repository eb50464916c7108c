import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

/// Objects whose fields hold something else than they should.
@Suite("Hostile objects")
struct HostileObjectTests {
  private static let template: JSONValue = [
    "metadata": ["labels": ["a": "b"]],
    "spec": [
      "volumes": [
        ["name": "v", "projected": ["sources": [["secret": ["name": "s", "items": [["key": "k", "path": "p"]]]]]]]
      ],
      "containers": [
        [
          "name": "c", "image": "i", "env": [["name": "E", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]],
          "ports": [["containerPort": 1]], "volumeMounts": [["name": "v", "mountPath": "/"]],
          "livenessProbe": ["httpGet": ["port": 1]], "resources": ["limits": ["cpu": "1"], "requests": ["cpu": "1"]],
        ]
      ],
      "affinity": [
        "podAffinity": [
          "requiredDuringSchedulingIgnoredDuringExecution": [
            ["topologyKey": "k", "labelSelector": ["matchLabels": ["a": "b"]]]
          ]
        ]
      ], "tolerations": [["key": "k", "operator": "Exists"]],
      "topologySpreadConstraints": [["maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"]],
    ],
  ]

  private static let samples: [JSONValue] = [
    ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "x"], "spec": template["spec"] ?? [:]],
    [
      "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": ["name": "x"],
      "spec": [
        "selector": ["matchLabels": ["a": "b"]], "template": ["spec": ["containers": [["name": "c", "image": "i"]]]],
        "updateStrategy": ["rollingUpdate": ["partition": 1]],
        "volumeClaimTemplates": [["metadata": ["name": "d"], "spec": ["resources": ["requests": ["storage": "1Gi"]]]]],
      ],
    ],
    [
      "apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "x"],
      "spec": ["schedule": "* * * * *", "jobTemplate": ["spec": ["template": ["spec": ["containers": []]]]]],
      "status": ["active": [[:]], "lastScheduleTime": "2026-01-01T00:00:00Z"],
    ],
    [
      "apiVersion": "v1", "kind": "Service", "metadata": ["name": "x"],
      "spec": [
        "type": "LoadBalancer", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"],
        "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 1]], "ports": [["port": 1, "nodePort": 2]],
      ], "status": ["loadBalancer": ["ingress": [["ip": "10.0.0.2"]]]],
    ],
    [
      "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "x"],
      "spec": [
        "rules": [
          [
            "host": "a",
            "http": [
              "paths": [
                ["path": "/", "pathType": "Exact", "backend": ["service": ["name": "s", "port": ["number": 1]]]]
              ]
            ],
          ]
        ],
        "tls": [["hosts": ["a"]]],
      ],
    ],
    [
      "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": ["name": "x"],
      "spec": [
        "podSelector": [:],
        "ingress": [["ports": [["port": 1, "endPort": 2]], "from": [["ipBlock": ["cidr": "10.0.0.0/8"]]]]],
      ],
    ],
    [
      "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": ["name": "x"],
      "roleRef": ["kind": "ClusterRole", "name": "r"], "subjects": [["kind": "User", "name": "u"]],
    ],
    [
      "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": "x"],
      "spec": ["capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"], "hostPath": ["path": "/"]],
    ],
    [
      "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "x", "annotations": ["a": "b"]],
      "type": "kubernetes.io/tls",
      "data": ["a": "eA=="],
    ],
    [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": ["name": "pumps.a.b"],
      "spec": [
        "group": "a.b", "scope": "Cluster", "names": ["kind": "Pump", "plural": "pumps"],
        "versions": [
          [
            "name": "v1", "served": true, "storage": true, "subresources": ["scale": ["specReplicasPath": ".spec.a"]],
            "additionalPrinterColumns": [["name": "A", "type": "string", "jsonPath": ".spec.a"]],
            "schema": [
              "openAPIV3Schema": [
                "type": "object",
                "properties": [
                  "spec": [
                    "type": "object", "anyOf": [["required": ["a"]]],
                    "properties": [
                      "a": ["type": "array", "items": ["type": "string", "pattern": "a+", "enum": ["a"]]]
                    ],
                  ]
                ],
              ]
            ],
          ]
        ],
      ],
    ],
    [
      "apiVersion": "apps.openyurt.io/v1beta1", "kind": "YurtAppSet", "metadata": ["name": "x"],
      "spec": [
        "pools": ["a"],
        "workload": [
          "workloadTemplate": [
            "deploymentTemplate": ["spec": ["selector": ["matchLabels": ["a": "b"]], "template": ["spec": [:]]]]
          ],
          "workloadTweaks": [
            [
              "tweaks": [
                "containerImages": [["name": "c"]], "patches": [["path": "/", "operation": "add", "value": 1]],
              ]
            ]
          ],
        ],
      ],
    ],
    [
      "apiVersion": "apps.kubeedge.io/v1alpha1", "kind": "EdgeApplication", "metadata": ["name": "x"],
      "spec": [
        "workloadTemplate": ["manifests": [["kind": "K"]]],
        "workloadScope": [
          "targetNodeGroups": [
            [
              "name": "g",
              "overriders": ["resourcesOverriders": [["containerName": "c", "value": ["limits": ["cpu": "1"]]]]],
            ]
          ]
        ],
      ],
    ],
    [
      "apiVersion": "raven.openyurt.io/v1beta1", "kind": "Gateway", "metadata": ["name": "x"],
      "spec": [
        "exposeType": "PublicIP", "proxyConfig": ["Replicas": 1], "endpoints": [["nodeName": "n", "type": "proxy"]],
      ],
    ],
  ]

  private static let replacements: [JSONValue] = [
    .null, true, -1, .integer(.max), .integer(.min), "", "x", "\u{301}/..", [], [.null], [[]], [:], ["a": .null],
    ["name": ["x"]],
    JSONNumber(literal: "1e400").map { .number($0) } ?? .null,
  ]

  @Test("validation, defaults and tables give an answer, and defaults are stable", arguments: samples.indices)
  func damaged(index: Int) throws {
    let sample = Self.samples[index]
    let now = try #require(Timestamp(rfc3339: "2026-11-25T12:00:00Z"))
    let good = try UnstructuredObject(content: sample.objectValue ?? JSONObject())
    var answers = 0
    for (place, path) in paths(of: sample).enumerated()
    where !path.isEmpty && path[0] != "apiVersion" && path[0] != "kind" {
      // Five of them at each place, in turn: all of them at all places would take long and show little more.
      for step in 0..<5 {
        let replacement = Self.replacements[(5 * place + step) % Self.replacements.count]
        guard case .object(let content) = replacing(path[...], in: sample, by: replacement),
          var object = try? UnstructuredObject(content: content)
        else { continue }
        _ = ObjectValidation.validate(object)
        _ = ObjectValidation.validate(updated: object, old: good)
        _ = ObjectValidation.validate(updated: good, old: object)
        let table = ResourceTable(.object(content), now: now)
        #expect(table.rows.allSatisfy { $0.cells.count == table.columns.count })
        ObjectDefaults.apply(to: &object)
        let once = object
        ObjectDefaults.apply(to: &object)
        #expect(object == once, "\(path) \(replacement)")
        answers += 1
      }
    }
    #expect(answers > 20)
  }

  /// Every path to a value, array indices as decimal text.
  private func paths(of value: JSONValue) -> [[String]] {
    switch value {
    case .object(let object): [[]] + object.flatMap { key, child in paths(of: child).map { [key] + $0 } }
    case .array(let elements):
      [[]] + elements.enumerated().flatMap { index, child in paths(of: child).map { [String(index)] + $0 } }
    default: [[]]
    }
  }

  private func replacing(_ path: ArraySlice<String>, in value: JSONValue, by replacement: JSONValue) -> JSONValue {
    guard let key = path.first else { return replacement }
    switch value {
    case .object(var object):
      object[key] = replacing(path.dropFirst(), in: object[key] ?? .null, by: replacement)
      return .object(object)
    case .array(var elements):
      guard let index = Int(key) else { return value }
      elements[index] = replacing(path.dropFirst(), in: elements[index], by: replacement)
      return .array(elements)
    default: return replacement
    }
  }
}
