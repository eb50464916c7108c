import DeviceTwinKit
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

/// Names, schemas and definitions that the tests share.
enum Sample {
  static func name(_ text: String) -> PropertyName {
    do { return try PropertyName(text) } catch { preconditionFailure("\(error)") }
  }

  static let temperature = name("temperature")
  static let setPoint = name("set-point")
  static let identity = DeviceIdentity(namespace: "default", name: "sensor-01", uid: "u-1")

  static let schemas = [
    PropertySchema(name: temperature, type: .int, access: .readOnly, minimum: .int(-50), maximum: .int(100)),
    PropertySchema(name: setPoint, type: .int, access: .readWrite, minimum: .int(0), maximum: .int(60)),
  ]

  static func twin(restoring snapshot: TwinSnapshot? = nil, node: String = "edge-1") -> DeviceTwin {
    DeviceTwin(identity: identity, schemas: schemas, restoring: snapshot, nodeTag: node)
  }

  static func time(_ seconds: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: 1_795_350_000_000 + seconds * 1000)
  }

  static func object(_ json: String) throws -> UnstructuredObject { try UnstructuredObject(parsing: Array(json.utf8)) }

  static let modelJSON = """
    {"apiVersion":"devices.kubeedge.io/v1beta1","kind":"DeviceModel","metadata":{"name":"sensor-model"},"spec":{
    "protocol":"modbus","properties":[
    {"name":"temperature","type":"INT","accessMode":"ReadOnly","minimum":"-50","maximum":"100","unit":"Celsius"},
    {"name":"humidity","type":"INT","accessMode":"ReadOnly","minimum":"0","maximum":"100","unit":"percent"},
    {"name":"writes","type":"INT","accessMode":"ReadOnly"},
    {"name":"set-point","type":"INT","accessMode":"ReadWrite","minimum":"0","maximum":"60","unit":"Celsius"}]}}
    """

  /// The simulator's map, read every 50 ms.
  static func deviceJSON(port: Int = 502, desired: String? = nil, status: String = "{}", cycle: Int = 50) -> String {
    func property(_ name: String, _ register: String, _ offset: Int, _ extra: String = "") -> String {
      """
      {"name":"\(name)","collectCycle":\(cycle),"reportCycle":\(cycle),"visitors":{"protocolName":"modbus","configData":
      {"register":"\(register)","offset":\(offset),"limit":1,"scale":1,"isSwap":false,"isRegisterSwap":false}}\(extra)}
      """
    }
    let wish = desired.map { ",\"desired\":{\"value\":\"\($0)\"}" } ?? ""
    return """
      {"apiVersion":"devices.kubeedge.io/v1beta1","kind":"Device","metadata":{"name":"sensor-01","namespace":"default",
      "uid":"u-1"},"spec":{"deviceModelRef":{"name":"sensor-model"},"nodeName":"edge-node-1","protocol":{"protocolName":
      "modbus","configData":{"slaveID":1,"ip":"127.0.0.1","port":"\(port)","collectTimeout":200}},"properties":[
      \(property("temperature", "InputRegister", 0)),\(property("humidity", "InputRegister", 1)),
      \(property("writes", "InputRegister", 2)),\(property("set-point", "HoldingRegister", 0, wish))]},
      "status":\(status)}
      """
  }

  static func definition(
    port: Int = 502, desired: String? = nil, status: String = "{}", cycle: Int = 50
  ) throws -> DeviceDefinition {
    try DeviceDefinition(
      device: object(deviceJSON(port: port, desired: desired, status: status, cycle: cycle)), model: object(modelJSON))
  }
}
