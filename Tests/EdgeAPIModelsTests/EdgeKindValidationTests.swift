import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Validation of edge kinds")
struct EdgeKindValidationTests {
  private func errors(_ apiVersion: String, _ kind: String, _ content: JSONValue) throws -> [String] {
    var object: JSONObject = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": "x"],
    ]
    for (key, value) in content.objectValue ?? JSONObject() { object[key] = value }
    return ObjectValidation.validate(try UnstructuredObject(content: object)).map(\.description)
  }

  private static let deployment: JSONValue = [
    "spec": [
      "selector": ["matchLabels": ["app": "a"]],
      "template": ["metadata": ["labels": ["app": "a"]], "spec": ["containers": [["name": "a", "image": "a"]]]],
    ]
  ]

  @Test(
    "each kind of KubeEdge and OpenYurt fails field by field",
    arguments: [
      (
        "devices.kubeedge.io/v1beta1", "Device",
        [
          "spec": [
            "deviceModelRef": ["name": "m"], "protocol": ["protocolName": "modbus"],
            "properties": [
              [
                "name": "t", "collectCycle": -1,
                "visitors": ["protocolName": "modbus", "configData": ["register": "Coil", "offset": "1"]],
                "pushMethod": ["mqtt": ["qos": 3], "http": ["port": 70_000]], "desired": ["metadata": ["a": 1]],
              ],
              ["name": "t", "visitors": ["protocolName": "mine", "configData": ["register": "any"]]],
            ], "stateReport": ["reportCycle": -5],
          ]
        ],
        [
          "spec.properties[0].collectCycle: Invalid value: -1: must be greater than or equal to 0",
          #"spec.properties[0].visitors.configData.register: Unsupported value: "Coil": supported values: "CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister""#,
          #"spec.properties[0].visitors.configData.offset: Invalid value: "string": spec.properties[0].visitors.configData.offset in body must be of type integer: "string""#,
          "spec.properties[0].desired.value: Required value",
          #"spec.properties[0].desired.metadata[a]: Invalid value: "integer": spec.properties[0].desired.metadata[a] in body must be of type string: "integer""#,
          "spec.properties[0].pushMethod.http.port: Invalid value: 70000: must be between 0 and 65535, inclusive",
          "spec.properties[0].pushMethod.mqtt.qos: Invalid value: 3: must be between 0 and 2, inclusive",
          #"spec.properties[1].name: Duplicate value: "t""#,
          "spec.stateReport.reportCycle: Invalid value: -5: must be greater than or equal to 0",
        ]
      ),
      (
        "devices.kubeedge.io/v1alpha2", "Device",
        [
          "spec": [
            "deviceModelRef": ["name": "m"],
            "protocol": [
              "modbus": ["slaveID": 1], "opcua": [:], "common": ["com": ["baudRate": 9], "collectType": "now"],
            ],
            "propertyVisitors": [
              ["propertyName": "t", "opcua": [:]], ["propertyName": "u", "modbus": ["register": "x"]],
            ],
          ], "status": ["twins": [["propertyName": "t", "reported": [:]], ["propertyName": "t"]]],
        ],
        [
          "spec.protocol.modbus: Forbidden: may not specify more than one protocol",
          "spec.protocol.common.com.baudRate: Unsupported value: 9: supported values",
          #"spec.protocol.common.collectType: Unsupported value: "now": supported values: "sync", "async""#,
          "spec.propertyVisitors[0].opcua.nodeID: Required value",
          #"spec.propertyVisitors[1].modbus.register: Unsupported value: "x": supported values"#,
          "status.twins[0].reported.value: Required value", #"status.twins[1].propertyName: Duplicate value: "t""#,
        ]
      ),
      (
        "devices.kubeedge.io/v1alpha2", "DeviceModel",
        [
          "spec": [
            "properties": [
              ["name": "a", "type": ["int": ["accessMode": "ReadOnly", "minimum": 5, "maximum": 1]]],
              ["name": "b", "type": ["double": ["accessMode": "x", "minimum": 0, "maximum": 1, "defaultValue": 2]]],
              ["name": "c", "type": ["boolean": ["accessMode": "ReadOnly", "defaultValue": "yes"]]],
            ]
          ]
        ],
        [
          "spec.properties[0].type.int.minimum: Invalid value: 5: must not be greater than maximum",
          #"spec.properties[1].type.double.accessMode: Unsupported value: "x": supported values: "ReadWrite", "ReadOnly""#,
          "spec.properties[1].type.double.defaultValue: Invalid value: 2: must lie between minimum and maximum",
          #"spec.properties[2].type.boolean.defaultValue: Invalid value: "string""#,
        ]
      ),
      (
        "devices.kubeedge.io/v1beta1", "DeviceStatus",
        ["status": ["state": 1, "twins": [["propertyName": "t", "observedDesired": [:]], ["propertyName": "t"]]]],
        [
          #"status.state: Invalid value: "integer": status.state in body must be of type string: "integer""#,
          "status.twins[0].observedDesired.value: Required value",
          #"status.twins[1].propertyName: Duplicate value: "t""#,
        ]
      ),
      (
        "rules.kubeedge.io/v1", "Rule", ["spec": ["source": "a", "targetResource": ["x": 1]]],
        [
          "spec.sourceResource: Required value", "spec.target: Required value",
          #"spec.targetResource[x]: Invalid value: "integer""#,
        ]
      ),
      (
        "rules.kubeedge.io/v1", "RuleEndpoint", ["spec": ["ruleEndpointType": "mail"]],
        [#"spec.ruleEndpointType: Unsupported value: "mail": supported values: "rest", "eventbus", "servicebus""#]
      ),
      (
        "rules.kubeedge.io/v1", "RuleEndpoint",
        ["spec": ["ruleEndpointType": "servicebus", "properties": ["service_port": "70000"]]],
        [#"spec.properties[service_port]: Invalid value: "70000": must be between 1 and 65535, inclusive"#]
      ),
      (
        "apps.kubeedge.io/v1alpha1", "NodeGroup", ["spec": ["nodes": ["a", "a"], "matchLabels": ["a b": "c"]]],
        [#"spec.nodes[1]: Duplicate value: "a""#, #"spec.matchLabels: Invalid value: "a b""#]
      ),
      (
        "apps.kubeedge.io/v1alpha1", "EdgeApplication",
        [
          "spec": [
            "workloadTemplate": ["manifests": [["kind": "Deployment"]]],
            "workloadScope": [
              "targetNodeGroups": [
                [
                  "name": "g",
                  "overriders": ["replicas": -1, "imageOverriders": [["component": "Digest", "operator": "add"]]],
                ],
                ["name": "g"],
              ]
            ],
          ]
        ],
        [
          "spec.workloadTemplate.manifests[0].apiVersion: Required value",
          "spec.workloadTemplate.manifests[0].metadata.name: Required value",
          "spec.workloadScope.targetNodeGroups[0].overriders.replicas: Invalid value: -1",
          #"spec.workloadScope.targetNodeGroups[0].overriders.imageOverriders[0].component: Unsupported value: "Digest": supported values: "Registry", "Repository", "Tag""#,
          #"spec.workloadScope.targetNodeGroups[1].name: Duplicate value: "g""#,
        ]
      ),
      (
        "operations.kubeedge.io/v1alpha2", "NodeUpgradeJob", ["spec": ["version": "1.2", "failureTolerate": "2"]],
        [
          "spec.nodeNames: Required value: either nodeNames or labelSelector must be given",
          #"spec.failureTolerate: Invalid value: "2": must be a number between 0 and 1"#,
          #"spec.version: Invalid value: "1.2": must be a version such as v1.22.0"#,
        ]
      ),
      (
        "operations.kubeedge.io/v1alpha2", "ImagePrePullJob",
        ["spec": ["imagePrePullTemplate": ["nodeNames": ["a"], "labelSelector": [:]]]],
        [
          "spec.imagePrePullTemplate.labelSelector: Forbidden: may not be given together with nodeNames",
          "spec.imagePrePullTemplate.images: Required value",
        ]
      ),
      (
        "operations.kubeedge.io/v1alpha2", "ConfigUpdateJob", ["spec": ["nodeNames": ["a"]]],
        ["spec.updateFields: Required value"]
      ),
      (
        "reliablesyncs.kubeedge.io/v1alpha1", "ObjectSync", ["spec": ["objectKind": 1]],
        [#"spec.objectKind: Invalid value: "integer""#]
      ),
      (
        "apps.openyurt.io/v1beta1", "NodePool",
        ["spec": ["type": "Cloud", "hostNetwork": true, "taints": [["key": "a"]]]],
        [
          "spec.taints[0].effect: Required value",
          "spec.hostNetwork: Forbidden: a pool of type Cloud cannot use the host network",
        ]
      ),
      (
        "apps.openyurt.io/v1beta2", "NodePool",
        ["spec": ["leaderElectionStrategy": "best", "leaderReplicas": 0, "poolScopeMetadata": [["version": "v1"]]]],
        [
          #"spec.leaderElectionStrategy: Unsupported value: "best": supported values: "mark", "random""#,
          "spec.leaderReplicas: Invalid value: 0", "spec.poolScopeMetadata[0].group: Required value",
          "spec.poolScopeMetadata[0].resource: Required value",
        ]
      ),
      (
        "apps.openyurt.io/v1beta1", "YurtAppSet",
        [
          "spec": [
            "pools": ["a", "a"],
            "workload": [
              "workloadTemplate": [
                "deploymentTemplate": ["spec": ["template": [:]]], "statefulSetTemplate": deployment,
              ],
              "workloadTweaks": [
                [
                  "tweaks": [
                    "replicas": -1,
                    "patches": [["path": "/a", "operation": "add"], ["path": "/b", "operation": "move"]],
                  ]
                ]
              ],
            ],
          ]
        ],
        [
          #"spec.pools[1]: Duplicate value: "a""#,
          "spec.workload.workloadTemplate: Invalid value",
          "spec.workload.workloadTemplate.deploymentTemplate.spec.selector: Required value",
          "spec.workload.workloadTemplate.deploymentTemplate.spec.template.spec: Required value",
          "spec.workload.workloadTweaks[0].tweaks.replicas: Invalid value: -1",
          "spec.workload.workloadTweaks[0].tweaks.patches[0].value: Required value",
          #"spec.workload.workloadTweaks[0].tweaks.patches[1].operation: Unsupported value: "move": supported values: "add", "remove", "replace""#,
        ]
      ),
      (
        "apps.openyurt.io/v1alpha1", "UnitedDeployment",
        [
          "spec": [
            "selector": ["matchLabels": ["app": "a"]], "workloadTemplate": ["deploymentTemplate": deployment],
            "topology": ["pools": [["name": "a", "replicas": -1], ["name": "a"]]],
          ]
        ],
        [
          "spec.topology.pools[0].replicas: Invalid value: -1", #"spec.topology.pools[1].name: Duplicate value: "a""#,
        ]
      ),
      (
        "apps.openyurt.io/v1alpha1", "YurtAppOverrider",
        ["subject": ["kind": "Pod", "name": "a"], "entries": [["items": [["image": ["containerName": "c"]]]]]],
        [
          #"subject.kind: Unsupported value: "Pod": supported values: "YurtAppSet", "YurtAppDaemon""#,
          "entries[0].pools: Required value", "entries[0].items[0].image.imageClaim: Required value",
        ]
      ),
      (
        "network.openyurt.io/v1alpha1", "PoolService", ["spec": ["loadBalancerClass": "a b"]],
        ["spec.loadBalancerClass: Invalid value"]
      ),
      (
        "raven.openyurt.io/v1beta1", "Gateway",
        [
          "spec": [
            "exposeType": "PublicIP", "tunnelConfig": ["Replicas": 2], "proxyConfig": ["Replicas": 2],
            "endpoints": [
              ["nodeName": "a", "type": "tunnel", "underNAT": true], ["type": "x", "publicIP": "y", "underNAT": false],
            ],
          ]
        ],
        [
          "spec.tunnelConfig.Replicas: Invalid value: 2: the 'Replicas' field can not be greater than 1",
          "spec.endpoints: Invalid value: 2: the 'endpoints' field has 0 proxy endpoints",
          "spec.endpoints[0].underNAT: Invalid value: true: the 'underNAT' field for an exposed gateway must be false",
          "spec.endpoints[1].nodeName: Required value",
          "spec.endpoints[1].underNAT: Invalid value: false: the 'underNAT' field in endpoints must be the same",
          #"spec.endpoints[1].publicIP: Invalid value: "y""#,
          #"spec.endpoints[1].type: Unsupported value: "x": supported values: "tunnel", "proxy""#,
        ]
      ),
    ] as [(String, String, JSONValue, [String])])
  func kinds(apiVersion: String, kind: String, content: JSONValue, expected: [String]) throws {
    let found = try errors(apiVersion, kind, content)
    #expect(found.count == expected.count && zip(found, expected).allSatisfy { $0.hasPrefix($1) }, "\(found)")
  }
}
