#if YAML
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("Device versions")
struct DeviceConversionTests {
  private func objects() throws -> (model: UnstructuredObject, device: UnstructuredObject) {
    let directory = try #require(VectorFolder.directory(environment: "", fixtures: "Fixtures/manifests"))
    let text = try VectorFolder.text(of: directory + "/devices-v1alpha2.yaml")
    let documents = try KubernetesYAML.manifests(in: text, source: "devices")
    return (documents[0].object, documents[1].object)
  }

  @Test("a v1alpha2 model becomes words and texts")
  func model() throws {
    let model = try DeviceConversion.toStorage(try objects().model)
    #expect(model.apiVersion == "devices.kubeedge.io/v1beta1")
    #expect(
      model["spec", "properties"] == [
        [
          "name": "temperature", "description": "room temperature", "type": "INT", "accessMode": "ReadOnly",
          "minimum": "-50", "maximum": "100", "unit": "Celsius",
        ], ["name": "set-point", "type": "DOUBLE", "accessMode": "ReadWrite", "minimum": "5", "maximum": "40.5"],
      ])
    #expect(ObjectValidation.validate(model).isEmpty)
  }

  @Test("a v1alpha2 device becomes one list of properties with a flat connection")
  func device() throws {
    let device = try DeviceConversion.toStorage(try objects().device)
    #expect(device["spec", "nodeName"] == "edge-node-1")
    #expect(
      device["spec", "protocol"] == [
        "protocolName": "modbus",
        "configData": ["slaveID": 1, "ip": "127.0.0.1", "port": 5020, "customizedValues": ["def1": "abc"]],
      ])
    let properties = device["spec", "properties"]
    #expect(properties?[0]?["collectCycle"] == 1000)
    #expect(
      properties?[0]?["visitors"] == [
        "protocolName": "modbus",
        "configData": [
          "register": "InputRegister", "offset": 0, "limit": 1,
          "scale": .number(try #require(JSONNumber(literal: "0.10"))),
          "isSwap": true,
        ],
      ])
    #expect(properties?[1]?["desired"] == ["value": "21", "metadata": ["type": "string"]])
    #expect(device["status", "twins"] == [["propertyName": "set-point", "reported": ["value": "20"]]])
    #expect(ObjectValidation.validate(device).isEmpty)
  }

  @Test("there and back again is the same object, to the last member")
  func roundTrip() throws {
    let (model, device) = try objects()
    for object in [model, device] {
      let stored = try DeviceConversion.toStorage(object)
      #expect(
        stored.metadata.annotations[DeviceConversion.annotation] != nil, "the fixtures hold what v1beta1 cannot say")
      #expect(try DeviceConversion.fromStorage(stored, to: "v1alpha2") == object)
    }
  }

  @Test("v1beta1 there and back again is the same object too")
  func storageRoundTrip() throws {
    var device = UnstructuredObject(apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", name: "d")
    device["spec"] = [
      "deviceModelRef": ["name": "m"], "nodeName": "n1", "unknown": [1],
      "protocol": ["protocolName": "modbus", "configData": ["slaveID": "1", "ip": "10.0.0.1", "port": 502, "x": [:]]],
      "properties": [
        [
          "name": "a", "reportToCloud": true, "visitors": ["protocolName": "custom", "configData": ["q": 1]],
          "pushMethod": ["http": [:]],
        ],
        ["name": "b", "desired": ["value": "7"]],
      ], "methods": [["name": "go"]],
    ]
    device["status"] = ["lastOnlineTime": "x", "twins": [["propertyName": "a", "observedDesired": ["value": "1"]]]]
    let nested = try DeviceConversion.fromStorage(device, to: "v1alpha2")
    #expect(nested["spec", "protocol", "modbus", "slaveID"] == 1)
    #expect(nested["spec", "protocol", "common", "tcp"] == ["ip": "10.0.0.1", "port": 502])
    #expect(nested["status", "twins"] == [["propertyName": "b", "desired": ["value": "7"]]])
    #expect(try DeviceConversion.toStorage(nested) == device)
  }

  @Test("what both forms can say needs no annotation")
  func noAnnotation() throws {
    var device = UnstructuredObject(apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", name: "d")
    device["spec"] = [
      "deviceModelRef": ["name": "m"], "nodeName": "n1",
      "protocol": ["protocolName": "modbus", "configData": ["slaveID": 1, "ip": "10.0.0.1", "port": 502]],
      "properties": [
        ["name": "a", "collectCycle": 5, "visitors": ["protocolName": "modbus", "configData": ["offset": 1]]]
      ],
    ]
    #expect(try DeviceConversion.fromStorage(device, to: "v1alpha2").metadata.content == device.metadata.content)
  }

  @Test("a change made in one version shows in the other and leaves the rest unharmed")
  func changes() throws {
    let device = try objects().device
    var stored = try DeviceConversion.toStorage(device)
    guard case .array(var properties)? = stored["spec", "properties"] else { throw VectorError("no properties") }
    properties[1][path: ["desired", "value"]] = "25"
    stored["spec", "properties"] = .array(properties)
    stored.metadata.labels["new"] = "label"
    let back = try DeviceConversion.fromStorage(stored, to: "v1alpha2")
    var expected = device
    guard case .array(var twins)? = expected["status", "twins"] else { throw VectorError("no twins") }
    twins[0][path: ["desired", "value"]] = "25"
    expected["status", "twins"] = .array(twins)
    expected.metadata.labels["new"] = "label"
    #expect(back["status", "twins"] == expected["status", "twins"])
    #expect(back["spec"] == expected["spec"], "the topic and the customised values are still there")
    #expect(back.metadata.labels == expected.metadata.labels)
  }

  @Test("versions and kinds without a conversion are refused by name")
  func refused() throws {
    let object = UnstructuredObject(apiVersion: "devices.kubeedge.io/v1alpha1", kind: "Device", name: "d")
    let error = #expect(throws: ObjectError.self) { try DeviceConversion.toStorage(object) }
    #expect(error?.message == #"no conversion from "v1alpha1" to "v1beta1""#)
    let pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "p")
    #expect(try DeviceConversion.toStorage(pod) == pod)
    let pool = UnstructuredObject(apiVersion: "apps.openyurt.io/v1beta1", kind: "NodePool", name: "p")
    #expect(try ObjectConversion.toStorage(pool).apiVersion == "apps.openyurt.io/v1beta2")
    #expect(throws: ObjectError.self) { try ObjectConversion.fromStorage(pod, to: "v2") }
  }
}
#endif
