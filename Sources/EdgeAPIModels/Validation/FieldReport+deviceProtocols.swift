import EdgeJSON

/// How the values of a device are reached, protocol by protocol.
extension FieldReport {
  mutating func modbusVisitor(_ visitor: Field) {
    choice(
      visitor["register"], ["CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister"],
      isRequired: true)
    _ = integer(visitor["offset"], in: 0...65_535)
    _ = integer(visitor["limit"], in: 1...2_000)
    _ = number(visitor["scale"], isInteger: false)
    _ = bool(visitor["isSwap"])
    _ = bool(visitor["isRegisterSwap"])
  }

  mutating func opcuaVisitor(_ visitor: Field) {
    _ = requiredString(visitor["nodeID"])
    _ = string(visitor["browseName"])
  }

  mutating func bluetoothVisitor(_ visitor: Field) {
    guard isObject(visitor) else { return }
    _ = requiredString(visitor["characteristicUUID"])
    let converter = visitor["dataConverter"]
    guard converter.isPresent, isObject(converter) else { return }
    for index in ["startIndex", "endIndex", "shiftLeft", "shiftRight"] { _ = integer(converter[index], in: 0...(.max)) }
    for step in items(converter["orderOfOperations"]) where isObject(step) {
      choice(step["operationType"], ["Add", "Subtract", "Multiply", "Divide"])
      _ = number(step["operationValue"], isInteger: false)
    }
  }

  /// Since v1beta1 visitors are free objects; the members that KubeEdge's own drivers read are checked where they are given.
  mutating func knownVisitor(_ visitor: Field) {
    let data = visitor["configData"]
    guard data.value?.objectValue != nil else { return }
    switch visitor["protocolName"].value?.stringValue {
    case "modbus":
      choice(
        data["register"], ["CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister"])
      _ = integer(data["offset"], in: 0...65_535)
      _ = integer(data["limit"], in: 1...2_000)
      _ = number(data["scale"], isInteger: false)
      for flag in ["isSwap", "isRegisterSwap"] { _ = bool(data[flag]) }
    case "opcua": _ = string(data["nodeID"])
    default: break
    }
  }

  mutating func common(_ common: Field) {
    guard common.isPresent, isObject(common) else { return }
    let serial = common["com"]
    oneOfNumbers(
      serial["baudRate"],
      [115_200, 57_600, 38_400, 19_200, 9_600, 4_800, 2_400, 1_800, 1_200, 600, 300, 200, 150, 134, 110, 75, 50])
    oneOfNumbers(serial["dataBits"], [8, 7, 6, 5])
    oneOfNumbers(serial["stopBits"], [1, 2])
    choice(serial["parity"], ["none", "even", "odd"])
    _ = string(serial["serialPort"])
    _ = integer(common["tcp"]["port"], in: 1...65_535)
    _ = string(common["tcp"]["ip"])
    choice(common["collectType"], ["sync", "async"])
    for count in ["reconnTimeout", "reconnRetryTimes", "collectTimeout", "collectRetryTimes"] {
      _ = integer(common[count], in: 0...(.max))
    }
  }

  private mutating func oneOfNumbers(_ field: Field, _ numbers: [Int64]) {
    guard let number = integer(field), !numbers.contains(number) else { return }
    add(.notSupported(field.path, .integer(number), supported: numbers.map { String($0) }))
  }

  /// Where a driver sends values beside the cloud.
  mutating func pushMethod(_ push: Field) {
    guard push.isPresent, isObject(push) else { return }
    if push["http"].isPresent, isObject(push["http"]) {
      for text in ["hostName", "requestPath"] { _ = string(push["http"][text]) }
      _ = integer(push["http"]["port"], in: 0...65_535)
      _ = integer(push["http"]["timeout"], in: 0...(.max))
    }
    if push["mqtt"].isPresent, isObject(push["mqtt"]) {
      for text in ["address", "topic"] { _ = string(push["mqtt"][text]) }
      _ = integer(push["mqtt"]["qos"], in: 0...2)
      _ = bool(push["mqtt"]["retained"])
    }
    for method in ["otel", "dbMethod", "anomalyDetection"] { _ = members(push[method]) }
  }
}
