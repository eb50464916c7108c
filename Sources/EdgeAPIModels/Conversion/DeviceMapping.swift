import EdgeJSON

/// Devices: v1alpha2 nests by protocol and keeps visitors and twins apart, v1beta1 has one list of properties.
///
/// | v1alpha2 | v1beta1 |
/// |---|---|
/// | `spec.nodeSelector`, one term "name or hostname In [x]" | `spec.nodeName: x` |
/// | `spec.protocol.modbus`, `.opcua`, `.bluetooth` and `.common` | `spec.protocol{protocolName, configData}`, flat |
/// | `spec.protocol.customizedProtocol` | `spec.protocol`, as it is |
/// | `spec.propertyVisitors[]` | `spec.properties[]` with `visitors{protocolName, configData}` |
/// | `status.twins[].desired` | `spec.properties[].desired` |
/// | `status.twins[].reported` | `status.twins[].reported` |
enum DeviceMapping {
  static let protocols = ["modbus", "opcua", "bluetooth"]

  static func toFlat(_ body: JSONObject) -> JSONObject {
    guard let spec = body["spec"]?.objectValue else { return body.taking(["spec"]) }
    let twins = body[path: ["status", "twins"]]?.arrayValue?.compactMap(\.objectValue) ?? []
    var flat = spec.taking(["deviceModelRef"])
    flat["nodeName"] = NodeBinding.nodeName(of: spec["nodeSelector"])
    flat["protocol"] = ProtocolMapping.toFlat(spec["protocol"])
    flat["properties"] = properties(visitors: spec["propertyVisitors"], twins: twins)
    var result: JSONObject = ["spec": .object(flat)]
    let reported = twins.filter { $0["reported"] != nil }
    if !reported.isEmpty {
      result["status"] = ["twins": .array(reported.map { .object($0.taking(["propertyName", "reported"])) })]
    }
    return result
  }

  static func toNested(_ body: JSONObject) -> JSONObject {
    guard let spec = body["spec"]?.objectValue else { return body.taking(["spec"]) }
    let properties = spec["properties"]?.arrayValue?.compactMap(\.objectValue) ?? []
    var nested = spec.taking(["deviceModelRef"])
    nested["protocol"] = ProtocolMapping.toNested(spec["protocol"])
    if let node = spec["nodeName"]?.stringValue { nested["nodeSelector"] = NodeBinding.selector(for: node) }
    if spec["properties"] != nil {
      nested["propertyVisitors"] = .array(properties.filter { $0["visitors"] != nil }.map { .object(visitor(of: $0)) })
    }
    var result: JSONObject = ["spec": .object(nested)]
    let twins = twins(properties: properties, reported: body[path: ["status", "twins"]])
    if !twins.isEmpty { result["status"] = ["twins": .array(twins)] }
    return result
  }

  private static func properties(visitors: JSONValue?, twins: [JSONObject]) -> JSONValue? {
    let visitors = visitors?.arrayValue
    if visitors == nil, twins.allSatisfy({ $0["desired"] == nil }) { return nil }
    var desired: [String: JSONValue] = [:]
    for twin in twins {
      if let name = twin["propertyName"]?.stringValue, let value = twin["desired"] { desired[name] = value }
    }
    var properties: [JSONValue] = []
    for visitor in visitors?.compactMap(\.objectValue) ?? [] {
      var property = JSONObject()
      property["name"] = visitor["propertyName"]
      if let name = visitor["propertyName"]?.stringValue { property["desired"] = desired.removeValue(forKey: name) }
      for cycle in ["collectCycle", "reportCycle"] { property[cycle] = visitor[cycle] }
      property["visitors"] = ProtocolMapping.visitorToFlat(visitor)
      properties.append(.object(property))
    }
    // A desired value without a visitor still is a wish.
    for twin in twins {
      if let name = twin["propertyName"]?.stringValue, let value = desired.removeValue(forKey: name) {
        properties.append(["name": .string(name), "desired": value])
      }
    }
    return .array(properties)
  }

  private static func visitor(of property: JSONObject) -> JSONObject {
    var visitor = JSONObject()
    visitor["propertyName"] = property["name"]
    for cycle in ["collectCycle", "reportCycle"] { visitor[cycle] = property[cycle] }
    for (key, value) in ProtocolMapping.visitorToNested(property["visitors"]) { visitor[key] = value }
    return visitor
  }

  private static func twins(properties: [JSONObject], reported: JSONValue?) -> [JSONValue] {
    var names: [String] = []
    var twins: [String: JSONObject] = [:]
    func set(_ name: String?, _ side: String, _ value: JSONValue?) {
      guard let name, let value else { return }
      if twins[name] == nil { names.append(name) }
      twins[name, default: ["propertyName": .string(name)]][side] = value
    }
    for twin in reported?.arrayValue ?? [] { set(twin["propertyName"]?.stringValue, "reported", twin["reported"]) }
    for property in properties { set(property["name"]?.stringValue, "desired", property["desired"]) }
    return names.compactMap { name in twins[name].map { .object($0) } }
  }
}

/// A device's node: a selector in v1alpha2, a name in v1beta1.
private enum NodeBinding {
  /// KubeEdge's own examples leave the key empty; its controller only ever looked at the first value.
  private static let keys = ["metadata.name", "kubernetes.io/hostname", ""]

  /// The one node that the selector allows; nil when it allows several or none by name.
  static func nodeName(of selector: JSONValue?) -> JSONValue? {
    guard let terms = selector?["nodeSelectorTerms"]?.arrayValue, terms.count == 1 else { return nil }
    let expressions = ["matchExpressions", "matchFields"].flatMap { terms[0][$0]?.arrayValue ?? [] }
    guard expressions.count == 1, let key = expressions[0]["key"]?.stringValue, keys.contains(key),
      expressions[0]["operator"] == "In", let values = expressions[0]["values"]?.arrayValue, values.count == 1,
      case .string = values[0]
    else { return nil }
    return values[0]
  }

  static func selector(for node: String) -> JSONValue {
    [
      "nodeSelectorTerms": [
        ["matchFields": [["key": "metadata.name", "operator": "In", "values": [.string(node)]]]]
      ]
    ]
  }
}
