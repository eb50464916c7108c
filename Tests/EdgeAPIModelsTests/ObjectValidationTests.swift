import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Validation")
struct ObjectValidationTests {
  private func errors(_ value: JSONValue) throws -> [String] {
    let object = try UnstructuredObject(content: value.objectValue ?? JSONObject())
    return ObjectValidation.validate(object).map(\.description)
  }

  private let deployment: JSONValue = [
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "edge-app"],
    "spec": [
      "selector": ["matchLabels": ["app": "a"]],
      "template": [
        "metadata": ["labels": ["app": "a"]], "spec": ["containers": [["name": "app", "image": "app:1"]]],
      ],
    ],
  ]

  private let model: JSONValue = [
    "apiVersion": "devices.kubeedge.io/v1beta1", "kind": "DeviceModel", "metadata": ["name": "m"],
    "spec": [
      "properties": [
        ["name": "t", "type": "INT", "accessMode": "ReadOnly", "minimum": "-50", "maximum": "100", "unit": "Celsius"]
      ]
    ],
  ]

  private let device: JSONValue = [
    "apiVersion": "devices.kubeedge.io/v1beta1", "kind": "Device", "metadata": ["name": "d"],
    "spec": [
      "deviceModelRef": ["name": "m"], "nodeName": "edge-node-1",
      "protocol": ["protocolName": "modbus", "configData": ["slaveID": 1]],
      "properties": [
        ["name": "t", "visitors": ["protocolName": "modbus", "configData": [:]], "desired": ["value": "1"]]
      ],
    ],
  ]

  @Test("good objects have no errors")
  func good() throws {
    for object in [deployment, model, device] { #expect(try errors(object) == []) }
  }

  @Test("a wrong property type is refused in the words of Kubernetes")
  func propertyType() throws {
    var model = model
    model[path: ["spec", "properties"]] = [
      ["name": "t", "type": "x", "accessMode": "ReadOnly"], ["name": "t", "type": "INT"],
    ]
    #expect(
      try errors(model) == [
        #"spec.properties[0].type: Unsupported value: "x": supported values: "INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES", "STREAM""#,
        #"spec.properties[1].name: Duplicate value: "t""#, "spec.properties[1].accessMode: Required value",
      ])
  }

  @Test("bounds must be numbers and in order")
  func bounds() throws {
    var model = model
    model[path: ["spec", "properties"]] = [
      ["name": "a", "type": "INT", "accessMode": "ReadOnly", "minimum": "5", "maximum": "1"],
      ["name": "b", "type": "INT", "accessMode": "ReadOnly", "minimum": "1.5"],
      ["name": "c", "type": "DOUBLE", "accessMode": "ReadOnly", "minimum": 1],
    ]
    #expect(
      try errors(model) == [
        #"spec.properties[0].minimum: Invalid value: "5": must not be greater than maximum"#,
        #"spec.properties[1].minimum: Invalid value: "1.5": must be an integer"#,
        #"spec.properties[2].minimum: Invalid value: "integer": spec.properties[2].minimum in body must be of type string: "integer""#,
      ])
  }

  @Test("a device needs its model, its protocol and visitors, and a node name that is one")
  func deviceFields() throws {
    var device = device
    device[path: ["spec"]] = ["nodeName": "Node 1", "properties": [["name": "t"], ["visitors": ["configData": 1]]]]
    let found = try errors(device)
    #expect(found.contains("spec.deviceModelRef: Required value"))
    #expect(found.contains("spec.protocol: Required value"))
    #expect(found.contains("spec.properties[0].visitors: Required value"))
    #expect(found.contains("spec.properties[1].name: Required value"))
    #expect(found.contains("spec.properties[1].visitors.protocolName: Required value"))
    #expect(found.contains { $0.hasPrefix(#"spec.nodeName: Invalid value: "Node 1": a lowercase RFC 1123 subdomain"#) })
  }

  @Test("a selector must select its own template")
  func selector() throws {
    var deployment = deployment
    deployment[path: ["spec", "template", "metadata", "labels"]] = ["app": "b"]
    #expect(
      try errors(deployment) == [
        #"spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` does not match template `labels`"#
      ])
    deployment[path: ["spec", "template", "spec", "restartPolicy"]] = "Never"
    deployment[path: ["spec", "selector"]] = [:]
    #expect(
      try errors(deployment) == [
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
        #"spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always""#,
      ])
  }

  @Test("metadata rules hold for every kind")
  func metadata() throws {
    let found = try errors([
      "apiVersion": "v1", "kind": "Node", "metadata": ["namespace": "x", "labels": ["a b": "c", "d": 1]],
    ])
    #expect(found.first == "metadata.name: Required value: name or generateName is required")
    #expect(found.contains("metadata.namespace: Forbidden: not allowed on this type"))
    #expect(found.contains { $0.hasPrefix(#"metadata.labels: Invalid value: "a b": name part must consist of"#) })
    #expect(found.contains { $0.hasPrefix(#"metadata.labels[d]: Invalid value: "integer""#) })
  }

  @Test("services need ports in range, unique and named when there are several")
  func service() throws {
    #expect(
      try errors([
        "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
        "spec": [
          "ports": [["port": 80], ["name": "b", "port": 70_000], ["name": "b", "port": 80, "targetPort": true]]
        ],
      ]) == [
        "spec.ports[0].name: Required value",
        "spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
        #"spec.ports[2].name: Duplicate value: "b""#, #"spec.ports[2]: Duplicate value: {"port":80,"protocol":"TCP"}"#,
        #"spec.ports[2].targetPort: Invalid value: "boolean": spec.ports[2].targetPort in body must be of type integer or string: "boolean""#,
      ])
  }

  @Test("a node pool is of type Edge or Cloud, config map keys are file names, a lease lasts")
  func small() throws {
    #expect(
      try errors([
        "apiVersion": "apps.openyurt.io/v1beta2", "kind": "NodePool", "metadata": ["name": "p"],
        "spec": ["type": "Fog"],
      ])
        == [#"spec.type: Unsupported value: "Fog": supported values: "Edge", "Cloud""#])
    #expect(
      try errors(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["a/b": "x"]]).first?
        .hasPrefix(#"data[a/b]: Invalid value: "a/b": a valid config key"#) == true)
    #expect(
      try errors([
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "l"],
        "spec": ["leaseDurationSeconds": 0],
      ]) == ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"])
    #expect(
      try errors([
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": ["name": "e"], "addressType": "IPv4",
        "endpoints": [["addresses": ["10.0.0.1"]], ["addresses": ["10.0.0.01", "::1"]], [:]],
      ]) == [
        #"endpoints[1].addresses[0]: Invalid value: "10.0.0.01": must be a valid IPv4 address"#,
        #"endpoints[1].addresses[1]: Invalid value: "::1": must be a valid IPv4 address"#,
        "endpoints[2].addresses: Required value: must contain at least 1 address",
      ])
  }

  @Test("whatever stands in an object's fields, validation, defaults and conversion give an answer")
  func hostileShapes() throws {
    let hostile: [JSONValue] = [
      .null, true, -1, "x", "", [], [.null], [[]], [:], ["a": .null], ["name": ["x"]], [["name": 7]],
    ]
    let starts =
      [
        deployment, model, device,
        [
          "apiVersion": "devices.kubeedge.io/v1alpha2", "kind": "Device", "metadata": ["name": "d"],
          "spec": [
            "protocol": ["modbus": ["slaveID": 1], "common": ["tcp": ["ip": "x", "port": 1]]],
            "propertyVisitors": [["propertyName": "t", "modbus": ["register": "CoilRegister"]]],
            "nodeSelector": [
              "nodeSelectorTerms": [["matchExpressions": [["key": "", "operator": "In", "values": ["n"]]]]]
            ],
          ], "status": ["twins": [["propertyName": "t", "desired": ["value": "1"]]]],
        ],
        [
          "apiVersion": "devices.kubeedge.io/v1alpha2", "kind": "DeviceModel", "metadata": ["name": "m"],
          "spec": ["properties": [["name": "t", "type": ["int": ["accessMode": "ReadOnly", "minimum": 1]]]]],
        ],
        [
          "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
          "spec": ["ports": [["port": 80]], "selector": ["a": "b"]],
        ],
        [
          "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "s"],
          "spec": ["containers": [["name": "a", "ports": [["containerPort": 1]], "env": [["name": "x"]]]]],
        ],
      ] as [JSONValue]
    var answers = 0
    for start in starts {
      for path in paths(of: start) where !path.isEmpty && path[0] != "apiVersion" && path[0] != "kind" {
        for value in hostile {
          let damaged = replacing(path[...], in: start, by: value)
          guard case .object(let content) = damaged, var object = try? UnstructuredObject(content: content) else {
            continue
          }
          _ = ObjectValidation.validate(object)
          let other = object.gvk.version == "v1beta1" ? "v1alpha2" : "v1beta1"
          if object.gvk.group == DeviceConversion.group {
            let there = try ObjectConversion.fromStorage(object, to: other)
            var back = try ObjectConversion.fromStorage(there, to: object.gvk.version)
            // Metadata that is null comes back empty, once an annotation has been there.
            if path == ["metadata"] { back.content["metadata"] = value }
            #expect(back == object, "\(damaged)")
          }
          ObjectDefaults.apply(to: &object)
          answers += 1
        }
      }
    }
    #expect(answers > 500)
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
