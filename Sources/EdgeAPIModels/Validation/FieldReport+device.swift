import EdgeJSON

/// Source: the CRDs of `devices.kubeedge.io`, whose "Required" remarks are rules here.
extension FieldReport {
  private static let accessModes = ["ReadWrite", "ReadOnly"]

  mutating func deviceModel(_ root: Field, version: String) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    _ = string(spec["protocol"])
    var names: Set<String> = []
    for property in items(spec["properties"]) where isObject(property) {
      unique(requiredString(property["name"]), in: &names, at: property["name"].path)
      _ = string(property["description"])
      if version == "v1alpha2" {
        nestedPropertyType(property["type"])
      } else {
        propertyType(property)
        protocolConfiguration(property["visitors"])
        knownVisitor(property["visitors"])
      }
    }
    if version != "v1alpha2" { _ = members(spec["protocolConfigData"]) }
  }

  private mutating func propertyType(_ property: Field) {
    let type = choice(
      property["type"], ["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES", "STREAM"], isRequired: true)
    choice(property["accessMode"], Self.accessModes, isRequired: true)
    _ = string(property["unit"])
    let minimum = bound(property["minimum"], type: type)
    let maximum = bound(property["maximum"], type: type)
    if let minimum, let maximum, minimum > maximum {
      add(.invalid(property["minimum"].path, property["minimum"].value ?? .null, "must not be greater than maximum"))
    }
  }

  /// Bounds are texts; they are numbers where the property is one, and mean nothing elsewhere.
  private mutating func bound(_ field: Field, type: String?) -> Double? {
    guard let text = string(field), !text.isEmpty else { return nil }
    switch type {
    case "INT":
      if let number = Int64(text) { return Double(number) }
      add(.invalid(field.path, .string(text), "must be an integer"))
    case "FLOAT", "DOUBLE":
      if let number = JSONNumber(literal: text)?.doubleValue { return number }
      add(.invalid(field.path, .string(text), "must be a number"))
    default: break
    }
    return nil
  }

  private mutating func nestedPropertyType(_ type: Field) {
    require(type)
    guard let members = members(type) else { return }
    let known = ["int", "string", "double", "float", "boolean", "bytes"]
    let present = members.keys.filter { type[$0].isPresent }
    for name in present where !known.contains(name) {
      add(.notSupported(type.path, .string(name), supported: known))
    }
    if present.count != 1 {
      add(.invalid(type.path, .object(members), "exactly one of \(known.joined(separator: ", ")) must be given"))
    }
    for name in present where known.contains(name) && isObject(type[name]) {
      choice(type[name]["accessMode"], Self.accessModes, isRequired: true)
      _ = string(type[name]["unit"])
      bounds(of: type[name], kind: name)
    }
  }

  private mutating func bounds(of type: Field, kind: String) {
    switch kind {
    case "string": _ = string(type["defaultValue"])
    case "boolean": _ = bool(type["defaultValue"])
    case "int", "float", "double":
      let minimum = number(type["minimum"], isInteger: kind == "int")
      let maximum = number(type["maximum"], isInteger: kind == "int")
      if let minimum, let maximum, minimum > maximum {
        add(.invalid(type["minimum"].path, type["minimum"].value ?? .null, "must not be greater than maximum"))
      }
      guard let start = number(type["defaultValue"], isInteger: kind == "int") else { return }
      if minimum.map({ start < $0 }) ?? false || maximum.map({ start > $0 }) ?? false {
        add(
          .invalid(
            type["defaultValue"].path, type["defaultValue"].value ?? .null, "must lie between minimum and maximum"))
      }
    default: break
    }
  }

  mutating func number(_ field: Field, isInteger: Bool) -> Double? {
    if isInteger { return integer(field).map(Double.init) }
    guard let value = field.value else { return nil }
    if let number = value.doubleValue { return number }
    add(.typeInvalid(field.path, value, expected: "number"))
    return nil
  }

  mutating func device(_ root: Field, version: String) {
    let spec = root["spec"]
    require(spec)
    guard isObject(spec) else { return }
    require(spec["deviceModelRef"])
    if isObject(spec["deviceModelRef"]) { requiredName(spec["deviceModelRef"]["name"], .dnsSubdomain) }
    if version == "v1alpha2" {
      nestedDevice(spec)
      twinStates(root["status"]["twins"], desired: "desired")
    } else {
      flatDevice(spec)
    }
  }

  private mutating func flatDevice(_ spec: Field) {
    if let node = string(spec["nodeName"]), !node.isEmpty { name(spec["nodeName"], .dnsSubdomain) }
    require(spec["protocol"])
    protocolConfiguration(spec["protocol"])
    var names: Set<String> = []
    for property in items(spec["properties"]) where isObject(property) {
      unique(requiredString(property["name"]), in: &names, at: property["name"].path)
      cycles(property)
      _ = bool(property["reportToCloud"])
      require(property["visitors"])
      protocolConfiguration(property["visitors"])
      knownVisitor(property["visitors"])
      twinValue(property["desired"])
      pushMethod(property["pushMethod"])
    }
    if isObject(spec["stateReport"]) {
      _ = bool(spec["stateReport"]["reportToCloud"])
      _ = integer(spec["stateReport"]["reportCycle"], in: 0...(.max))
    }
    var methods: Set<String> = []
    for method in items(spec["methods"]) where isObject(method) {
      unique(requiredString(method["name"]), in: &methods, at: method["name"].path)
      strings(method["propertyNames"])
    }
  }

  private mutating func protocolConfiguration(_ field: Field) {
    guard isObject(field) else { return }
    _ = requiredString(field["protocolName"])
    _ = members(field["configData"])
  }

  private mutating func cycles(_ field: Field) {
    for cycle in ["collectCycle", "reportCycle"] { _ = integer(field[cycle], in: 0...(.max)) }
  }

  mutating func twinValue(_ field: Field) {
    guard isObject(field) else { return }
    require(field["value"])
    _ = string(field["value"])
    for (key, value) in members(field["metadata"]) ?? JSONObject() {
      _ = string(Field(path: field["metadata"].path.key(key), value: value))
    }
  }

  private mutating func nestedDevice(_ spec: Field) {
    require(spec["protocol"])
    let settings = spec["protocol"]
    if isObject(settings) {
      for member in ["opcua", "modbus", "bluetooth", "common"] { _ = members(settings[member]) }
      oneOf(
        settings, ["opcua", "modbus", "bluetooth", "customizedProtocol"], missing: nil,
        extra: "may not specify more than one protocol")
      common(settings["common"])
      _ = integer(settings["modbus"]["slaveID"])
      protocolConfiguration(settings["customizedProtocol"])
    }
    var names: Set<String> = []
    for visitor in items(spec["propertyVisitors"]) where isObject(visitor) {
      unique(requiredString(visitor["propertyName"]), in: &names, at: visitor["propertyName"].path)
      cycles(visitor)
      oneOf(
        visitor, ["opcua", "modbus", "bluetooth", "customizedProtocol"], missing: nil,
        extra: "may not specify more than one visitor")
      if visitor["modbus"].isPresent, isObject(visitor["modbus"]) { modbusVisitor(visitor["modbus"]) }
      if visitor["opcua"].isPresent, isObject(visitor["opcua"]) { opcuaVisitor(visitor["opcua"]) }
      if visitor["bluetooth"].isPresent { bluetoothVisitor(visitor["bluetooth"]) }
      protocolConfiguration(visitor["customizedProtocol"])
    }
    for term in items(spec["nodeSelector"]["nodeSelectorTerms"]) where isObject(term) {
      for expression in items(term["matchExpressions"]) + items(term["matchFields"]) where isObject(expression) {
        choice(expression["operator"], ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"], isRequired: true)
        strings(expression["values"])
      }
    }
  }
}
