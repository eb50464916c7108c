import DeviceTwinKit
import EdgeAPIModels
import EdgeJSON
import Testing

@Suite("Device definitions")
struct DeviceDefinitionTests {
  @Test("a Device and its DeviceModel make a definition")
  func joined() throws {
    let definition = try Sample.definition(desired: "25")
    #expect(definition.identity == DeviceIdentity(namespace: "default", name: "sensor-01", uid: "u-1"))
    #expect(definition.nodeName == "edge-node-1")
    #expect(definition.protocolName == "modbus")
    #expect(definition.properties.map(\.name.rawValue) == ["temperature", "humidity", "writes", "set-point"])
    let temperature = definition.properties[0]
    #expect(temperature.schema.access == .readOnly)
    #expect(temperature.schema.minimum == .int(-50))
    #expect(temperature.collectCycle == .milliseconds(50))
    #expect(temperature.desired == nil)
    #expect(definition.properties[3].desired == DesiredRequest(text: "25"))
    #expect(try ModbusConnection(configData: definition.connection).port == 502)
  }

  @Test("FF-07 a change of status changes nothing in the definition")
  func statusIsNoChange() throws {
    let before = try Sample.definition(desired: "25")
    let after = try Sample.definition(
      desired: "25", status: #"{"twins":[{"propertyName":"temperature"}],"state":"ok"}"#)
    #expect(after.difference(from: before).isEmpty)
  }

  @Test("only a change of connection or visitors needs a new driver")
  func difference() throws {
    let base = try Sample.definition()
    let port = try Sample.definition(port: 503).difference(from: base)
    #expect(port.isConnectionChanged && port.needsNewDriver)
    let desired = try Sample.definition(desired: "30").difference(from: base)
    #expect(!desired.needsNewDriver && desired.desiredChanged == [Sample.setPoint] && !desired.isEmpty)
    let cycle = try Sample.definition(cycle: 70).difference(from: base)
    #expect(!cycle.needsNewDriver && cycle.rulesChanged.count == 4)
    var fewer = base
    fewer.properties.removeLast()
    #expect(fewer.difference(from: base).visitorsChanged == [Sample.setPoint])
    var other = base
    other.identity = DeviceIdentity(namespace: "default", name: "sensor-01", uid: "u-9")
    #expect(other.difference(from: base).isOtherDevice)
  }

  @Test("an empty desired value as Go writes it is no wish")
  func emptyDesired() throws {
    var device = try Sample.object(Sample.deviceJSON())
    var properties = try #require(device["spec", "properties"]?.arrayValue)
    properties[3]["desired"] = ["value": ""]
    device["spec", "properties"] = .array(properties)
    let definition = try DeviceDefinition(device: device, model: Sample.object(Sample.modelJSON))
    #expect(definition.properties[3].desired == nil)
  }

  @Test("visitors and protocol settings that the device leaves out come from the model")
  func modelDefaults() throws {
    var device = try Sample.object(Sample.deviceJSON())
    var model = try Sample.object(Sample.modelJSON)
    var properties = try #require(device["spec", "properties"]?.arrayValue)
    var models = try #require(model["spec", "properties"]?.arrayValue)
    models[0]["visitors"] = ["protocolName": "modbus", "configData": ["register": "InputRegister", "offset": 9]]
    properties[0][path: ["visitors", "configData"]] = ["offset": 5]
    device["spec", "properties"] = .array(properties)
    model["spec", "properties"] = .array(models)
    model["spec", "protocolConfigData"] = ["slaveID": 7, "maximumGap": 3]
    let definition = try DeviceDefinition(device: device, model: model)
    #expect(definition.properties[0].visitor == ["register": "InputRegister", "offset": 5])
    let connection = try ModbusConnection(configData: definition.connection)
    #expect(connection.unit == 1 && connection.limits.gap == 3)
  }

  @Test("a definition that cannot work names the field")
  func errors() throws {
    func field(_ change: (inout UnstructuredObject, inout UnstructuredObject) throws -> Void) throws -> String? {
      var device = try Sample.object(Sample.deviceJSON())
      var model = try Sample.object(Sample.modelJSON)
      try change(&device, &model)
      do {
        _ = try DeviceDefinition(device: device, model: model)
        return nil
      } catch {
        return error.field
      }
    }
    #expect(try field { device, _ in device.apiVersion = "devices.kubeedge.io/v1alpha2" } == "kind")
    #expect(try field { device, _ in device["spec", "deviceModelRef", "name"] = "other" } == "spec.deviceModelRef.name")
    #expect(try field { device, _ in device["spec", "protocol"] = nil } == "spec.protocol.protocolName")
    #expect(
      try field { device, _ in device["spec", "protocol", "configData", "ip"] = nil } == "spec.protocol.configData.ip")
    #expect(
      try field { device, _ in device["spec", "protocol", "configData", "port"] = "x" }
        == "spec.protocol.configData.port")
    #expect(try field { _, model in model["spec", "properties"] = [] } == "spec.properties[0].name")
    #expect(
      try field { _, model in
        var properties = model["spec", "properties"]?.arrayValue ?? []
        properties[1]["type"] = "STREAM"
        model["spec", "properties"] = .array(properties)
      } == "model.spec.properties[1].type")
    #expect(
      try field { device, _ in
        var properties = device["spec", "properties"]?.arrayValue ?? []
        properties[2][path: ["visitors", "configData", "offset"]] = "x"
        device["spec", "properties"] = .array(properties)
      } == "spec.properties[2].visitors.configData.offset")
    #expect(
      try field { device, _ in
        var properties = device["spec", "properties"]?.arrayValue ?? []
        properties[1]["name"] = "temperature"
        device["spec", "properties"] = .array(properties)
      } == "spec.properties[1].name")
  }
}
