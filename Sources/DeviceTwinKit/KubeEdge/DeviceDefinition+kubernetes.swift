import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

extension DeviceDefinition {
  /// Joins a Device and its DeviceModel (both `devices.kubeedge.io/v1beta1`; convert older forms first).
  ///
  /// The device's properties count; each must be in the model. As in KubeEdge, what a device leaves out of a visitor or
  /// of the protocol's configuration is taken from the model. A `desired` without value and metadata is no wish: Go
  /// writes the empty value of a property that has none. Addresses of the protocols that this kit speaks (modbus) are
  /// checked here, so that a bad one is known before a connection is made.
  ///
  /// - Throws: ``DefinitionError`` that names the field; properties of the model are named `model.spec...`.
  public init(device: UnstructuredObject, model: UnstructuredObject) throws(DefinitionError) {
    try Self.check(device, is: "Device")
    try Self.check(model, is: "DeviceModel")
    guard let name = device.metadata.name, !name.isEmpty else { throw Self.missing("metadata.name") }
    let reference = device["spec", "deviceModelRef", "name"]?.stringValue
    guard reference == model.metadata.name else {
      throw DefinitionError(
        code: .invalid, field: "spec.deviceModelRef.name",
        message: "names \"\(reference ?? "")\", not the model \"\(model.metadata.name ?? "")\"")
    }
    guard let protocolName = device["spec", "protocol", "protocolName"]?.stringValue?.lowercased(),
      !protocolName.isEmpty
    else { throw Self.missing("spec.protocol.protocolName") }
    let connection = Self.overlaid(
      device["spec", "protocol", "configData"]?.objectValue, on: model["spec", "protocolConfigData"]?.objectValue)
    if protocolName == "modbus" { _ = try ModbusConnection(configData: connection) }

    var models: [String: ModelProperty] = [:]
    for (index, json) in (model["spec", "properties"]?.arrayValue ?? []).enumerated() {
      guard let name = json["name"]?.stringValue else { throw Self.missing("model.spec.properties[\(index)].name") }
      models[name] = ModelProperty(json: json, path: "model.spec.properties[\(index)]")
    }
    var properties: [PropertyDefinition] = []
    for (index, json) in (device["spec", "properties"]?.arrayValue ?? []).enumerated() {
      let path = "spec.properties[\(index)]"
      guard let name = json["name"]?.stringValue else { throw Self.missing("\(path).name") }
      guard let model = models[name] else {
        throw DefinitionError(code: .invalid, field: "\(path).name", message: "\"\(name)\" is not in the model")
      }
      let property = try PropertyDefinition(json: json, path: path, model: model, protocolName: protocolName)
      guard !properties.contains(where: { $0.name == property.name }) else {
        throw DefinitionError(code: .invalid, field: "\(path).name", message: "\"\(name)\" is there twice")
      }
      properties.append(property)
    }
    self.init(
      identity: DeviceIdentity(
        namespace: device.metadata.namespace ?? "default", name: name, uid: device.metadata.uid),
      nodeName: device["spec", "nodeName"]?.stringValue, protocolName: protocolName, connection: connection,
      properties: properties)
  }

  private static func check(_ object: UnstructuredObject, is kind: String) throws(DefinitionError) {
    guard object.apiVersion == "devices.kubeedge.io/v1beta1", object.kind == kind else {
      throw DefinitionError(
        code: .unsupported, field: "kind",
        message: "\(object.apiVersion) \(object.kind) in place of devices.kubeedge.io/v1beta1 \(kind)")
    }
  }

  fileprivate static func missing(_ field: String) -> DefinitionError {
    DefinitionError(code: .missing, field: field, message: "is required")
  }

  fileprivate static func overlaid(_ members: JSONObject?, on base: JSONObject?) -> JSONObject {
    var result = base ?? JSONObject()
    for (key, value) in members ?? JSONObject() { result[key] = value }
    return result
  }
}

private struct ModelProperty {
  let json: JSONValue
  let path: String

  func schema(_ name: PropertyName) throws(DefinitionError) -> PropertySchema {
    let word = json["type"]?.stringValue ?? ""
    guard let type = PropertyType(rawValue: word.uppercased()) else {
      let isStream = word.uppercased() == "STREAM"
      throw DefinitionError(
        code: word.isEmpty ? .missing : isStream ? .unsupported : .invalid, field: "\(path).type",
        message: "\"\(word)\" is none of \(PropertyType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    // As in KubeEdge only the exact word allows writing.
    let access = json["accessMode"]?.stringValue.flatMap(PropertyAccess.init) ?? .readOnly
    return PropertySchema(
      name: name, type: type, access: access, minimum: try bound("minimum", type), maximum: try bound("maximum", type),
      unit: json["unit"]?.stringValue)
  }

  private func bound(_ key: String, _ type: PropertyType) throws(DefinitionError) -> PropertyValue? {
    guard let text = json[key]?.stringValue, !text.isEmpty else { return nil }
    switch type {
    case .string, .boolean, .bytes: return nil
    case .int, .float, .double: break
    }
    guard let value = type.parse(text) ?? PropertyType.double.parse(text) else {
      throw DefinitionError(code: .invalid, field: "\(path).\(key)", message: "\"\(text)\" is not a number")
    }
    return value
  }
}

extension PropertyDefinition {
  fileprivate init(json: JSONValue, path: String, model: ModelProperty, protocolName: String) throws(DefinitionError) {
    let name: PropertyName
    do {
      name = try PropertyName(json["name"]?.stringValue ?? "")
    } catch {
      throw DefinitionError(code: .invalid, field: "\(path).name", message: error.reason)
    }
    var schema = try model.schema(name)
    let visitor = DeviceDefinition.overlaid(
      json[path: ["visitors", "configData"]]?.objectValue,
      on: model.json[path: ["visitors", "configData"]]?.objectValue)
    guard !visitor.isEmpty else { throw DeviceDefinition.missing("\(path).visitors") }
    if protocolName == "modbus" {
      schema.resolution = try ModbusVisitor(
        configData: visitor, type: schema.type, path: "\(path).visitors.configData"
      ).resolution
    }
    self.init(
      schema: schema, visitor: visitor, collectCycle: try Self.cycle("collectCycle", json, path),
      reportCycle: try Self.cycle("reportCycle", json, path), desired: try Self.desired(json["desired"], path))
  }

  // 0 is what Go writes for a cycle that was not given.
  private static func cycle(_ key: String, _ json: JSONValue, _ path: String) throws(DefinitionError) -> Duration {
    guard let value = json[key], !value.isNull else { return .seconds(1) }
    guard let milliseconds = value.integerValue, milliseconds >= 0 else {
      throw DefinitionError(code: .invalid, field: "\(path).\(key)", message: "must be milliseconds, 0 or more")
    }
    return milliseconds == 0 ? .seconds(1) : .milliseconds(milliseconds)
  }

  private static func desired(_ json: JSONValue?, _ path: String) throws(DefinitionError) -> DesiredRequest? {
    guard let json, !json.isNull else { return nil }
    guard let text = (json["value"] ?? "").stringValue else {
      throw DefinitionError(code: .invalid, field: "\(path).desired.value", message: "must be a string")
    }
    var metadata: [String: String] = [:]
    for (key, value) in json["metadata"]?.objectValue ?? JSONObject() {
      metadata[key] = value.stringValue ?? value.text
    }
    return text.isEmpty && metadata.isEmpty ? nil : DesiredRequest(text: text, metadata: metadata)
  }
}
