import DeviceTwinKit
import EdgeJSON
import Testing

@Suite("Modbus visitors")
struct ModbusVisitorTests {
  private func visitor(_ data: JSONObject, _ type: PropertyType) throws -> ModbusVisitor {
    try ModbusVisitor(configData: data, type: type, path: "visitors.configData")
  }

  @Test("a scaled register reads as the decimal that it means, and is written back exactly")
  func scaled() throws {
    let tenth = try visitor(["register": "HoldingRegister", "offset": 2, "limit": 1, "scale": "0.1"], .float)
    for raw in -400...400 {
      let registers = [UInt16(bitPattern: Int16(raw))]
      guard case .value(let value) = tenth.reading(of: registers) else {
        Issue.record("no value for \(raw)")
        continue
      }
      #expect(value == .double(Double(raw) / 10))
      #expect(try tenth.request(writing: value).get() == .writeRegister(address: 2, registers[0]))
    }
    #expect(tenth.resolution == 0.1)
  }

  @Test("what does not fit the registers is refused, never wrapped")
  func range() throws {
    let register = try visitor(["register": "HoldingRegister", "offset": 0, "limit": 1], .int)
    #expect(try register.request(writing: .int(32_767)).get() == .writeRegister(address: 0, 32_767))
    #expect(throws: DriverError.self) { try register.request(writing: .int(32_768)).get() }
    let unsigned = try visitor(["register": "HoldingRegister", "offset": 0, "dataType": "uint16"], .int)
    #expect(throws: DriverError.self) { try unsigned.request(writing: .int(-1)).get() }
    #expect(unsigned.reading(of: [65_535]) == .value(.int(65_535)))
    let input = try visitor(["register": "InputRegister", "offset": 0], .int)
    #expect(throws: DriverError.self) { try input.request(writing: .int(1)).get() }
  }

  @Test("KubeEdge's swaps are the four register orders")
  func orders() throws {
    func order(_ bytes: Bool, _ registers: Bool) throws -> RegisterOrder {
      try visitor(
        [
          "register": "HoldingRegister", "offset": 0, "limit": 2, "isSwap": .bool(bytes),
          "isRegisterSwap": .bool(registers),
        ], .int
      ).order
    }
    #expect(try order(false, false) == .abcd)
    #expect(try order(true, false) == .badc)
    #expect(try order(false, true) == .cdab)
    #expect(try order(true, true) == .dcba)
  }

  @Test("bits, text, bytes and doubles")
  func otherTypes() throws {
    let coil = try visitor(["register": "CoilRegister", "offset": 4], .boolean)
    #expect(coil.reading(of: true) == .value(.bool(true)))
    #expect(try coil.request(writing: .bool(true)).get() == .writeCoil(address: 4, true))
    let text = try visitor(["register": "holdingregister", "offset": 0, "limit": 3], .string)
    #expect(text.reading(of: [0x5055, 0x4D50, 0]) == .value(.string("PUMP")))
    #expect(try text.request(writing: .string("PUMP")).get() == .writeRegisters(address: 0, [0x5055, 0x4D50, 0]))
    #expect(throws: DriverError.self) { try text.request(writing: .string("1234567")).get() }
    let float = try visitor(["register": "InputRegister", "offset": "8"], .float)
    #expect(float.span.count == 2)
    #expect(float.reading(of: [0x41BE, 0]) == .value(.double(23.75)))
    #expect(float.reading(of: [0x7FC0, 0]) == .bad(reason: "the device holds no number"))
    let bytes = try visitor(["register": "HoldingRegister", "offset": 0, "limit": 1], .bytes)
    #expect(bytes.reading(of: [0x0102]) == .value(.bytes([1, 2])))
  }

  @Test(
    "an impossible address names its field",
    arguments: [
      ("{}", "visitors.configData.register"), (#"{"register":"Coil","offset":0}"#, "visitors.configData.register"),
      (#"{"register":"HoldingRegister"}"#, "visitors.configData.offset"),
      (#"{"register":"HoldingRegister","offset":-1}"#, "visitors.configData.offset"),
      (#"{"register":"HoldingRegister","offset":1.5}"#, "visitors.configData.offset"),
      (#"{"register":"HoldingRegister","offset":65535,"limit":2}"#, "visitors.configData.offset"),
      (#"{"register":"HoldingRegister","offset":0,"limit":3}"#, "visitors.configData.limit"),
      (#"{"register":"HoldingRegister","offset":0,"scale":0}"#, "visitors.configData.scale"),
      (#"{"register":"HoldingRegister","offset":0,"isSwap":"perhaps"}"#, "visitors.configData.isSwap"),
      (#"{"register":"HoldingRegister","offset":0,"dataType":"int128"}"#, "visitors.configData.dataType"),
      (#"{"register":"CoilRegister","offset":0,"limit":2}"#, "visitors.configData.limit"),
    ])
  func badVisitors(json: String, field: String) throws {
    let data = try #require(try JSONValue(parsing: json).objectValue)
    #expect {
      try visitor(data, .int)
    } throws: {
      ($0 as? DefinitionError)?.field == field
    }
  }
}
