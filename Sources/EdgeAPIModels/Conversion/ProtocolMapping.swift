import EdgeJSON

/// Connections and visitors of devices. In v1alpha2 each protocol has a schema of its own; in v1beta1 there is a protocol
/// name and free data, into which the members are laid flat under the same names.
enum ProtocolMapping {
  private static let tcp = ["ip", "port"]
  private static let serial = ["serialPort", "baudRate", "dataBits", "parity", "stopBits"]
  private static let common = [
    "commType", "reconnTimeout", "reconnRetryTimes", "collectTimeout", "collectRetryTimes", "collectType",
    "customizedValues",
  ]
  private static let connection = [
    "modbus": ["slaveID"],
    "opcua": [
      "url", "userName", "password", "securityPolicy", "securityMode", "certificate", "privateKey", "timeout",
    ],
    "bluetooth": ["macAddress"],
  ]
  private static let visitor = [
    "modbus": ["register", "offset", "limit", "scale", "isSwap", "isRegisterSwap"],
    "opcua": ["nodeID", "browseName"],
    "bluetooth": ["characteristicUUID", "dataWrite", "dataConverter"],
  ]

  static func toFlat(_ nested: JSONValue?) -> JSONValue? {
    guard let nested = nested?.objectValue else { return nil }
    if let name = DeviceMapping.protocols.first(where: { nested[$0]?.objectValue != nil }) {
      var data = nested[name]?.objectValue?.taking(connection[name] ?? []) ?? JSONObject()
      data.add(nested["common"]?["tcp"]?.objectValue?.taking(tcp))
      data.add(nested["common"]?["com"]?.objectValue?.taking(serial))
      data.add(nested["common"]?.objectValue?.taking(common))
      return flat(name, data)
    }
    return nested["customizedProtocol"]
  }

  static func toNested(_ flat: JSONValue?) -> JSONValue? {
    guard let flat = flat?.objectValue else { return nil }
    guard let name = flat["protocolName"]?.stringValue, let own = connection[name] else {
      return flat.isEmpty ? [:] : ["customizedProtocol": .object(flat)]
    }
    let data = flat["configData"]?.objectValue ?? JSONObject()
    var nested: JSONObject = [name: .object(data.taking(own).typed())]
    var shared = data.taking(common).typed()
    let address = data.taking(tcp).typed()
    let line = data.taking(serial).typed()
    if !address.isEmpty { shared["tcp"] = .object(address) }
    if !line.isEmpty { shared["com"] = .object(line) }
    if !shared.isEmpty { nested["common"] = .object(shared) }
    return .object(nested)
  }

  static func visitorToFlat(_ nested: JSONObject) -> JSONValue? {
    if let name = DeviceMapping.protocols.first(where: { nested[$0]?.objectValue != nil }) {
      var data = nested[name]?.objectValue?.taking(visitor[name] ?? []) ?? JSONObject()
      data["customizedValues"] = nested["customizedValues"]
      return flat(name, data)
    }
    return nested["customizedProtocol"]
  }

  /// The members to add to a visitor of v1alpha2.
  static func visitorToNested(_ flat: JSONValue?) -> JSONObject {
    guard let flat = flat?.objectValue else { return JSONObject() }
    guard let name = flat["protocolName"]?.stringValue, let own = visitor[name] else {
      return ["customizedProtocol": .object(flat)]
    }
    let data = flat["configData"]?.objectValue ?? JSONObject()
    var nested: JSONObject = [name: .object(data.taking(own).typed())]
    nested["customizedValues"] = data["customizedValues"]
    return nested
  }

  private static func flat(_ name: String, _ data: JSONObject) -> JSONValue {
    ["protocolName": .string(name), "configData": .object(data)]
  }
}

extension JSONObject {
  fileprivate mutating func add(_ other: JSONObject?) {
    for (key, value) in other ?? JSONObject() { self[key] = value }
  }

  /// Without the members whose type the schema of v1alpha2 refuses. Free data may say `"port": "502"`; a number that is
  /// written as a text is turned into the number.
  fileprivate func typed() -> JSONObject {
    var typed = JSONObject()
    for (key, value) in self {
      switch (key, value) {
      case (_, .string(let text)) where Self.integers.contains(key):
        if let number = Int64(text) { typed[key] = .integer(number) }
      case (_, .integer) where Self.integers.contains(key): typed[key] = value
      case ("scale", .integer), ("scale", .number): typed[key] = value
      case ("scale", .string(let text)):
        typed[key] = (try? JSONValue(parsing: text)).flatMap { $0.doubleValue == nil ? nil : $0 }
      case ("isSwap", .bool), ("isRegisterSwap", .bool): typed[key] = value
      case ("isSwap", .string(let text)), ("isRegisterSwap", .string(let text)):
        typed[key] = Bool(text).map { .bool($0) }
      case ("customizedValues", .object), ("dataWrite", .object), ("dataConverter", .object): typed[key] = value
      case (_, .string) where !Self.others.contains(key): typed[key] = value
      default: break
      }
    }
    return typed
  }

  private static let integers: Set = [
    "slaveID", "port", "baudRate", "dataBits", "stopBits", "reconnTimeout", "reconnRetryTimes", "collectTimeout",
    "collectRetryTimes", "offset", "limit", "timeout",
  ]
  private static let others: Set = [
    "scale", "isSwap", "isRegisterSwap", "customizedValues", "dataWrite", "dataConverter",
  ]
}
