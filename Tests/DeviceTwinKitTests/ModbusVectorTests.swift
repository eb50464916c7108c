import DeviceTwinKit
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("Modbus vectors")
struct ModbusVectorTests {
  @Test("every vector of what this kit speaks holds")
  func vectors() throws {
    let summary = try VectorRunner("modbus").run { vector in
      switch vector["kind"].stringValue {
      case "crc16": try Self.checkCRC(vector)
      case "data": try Self.checkData(vector)
      case "read plan": try Self.checkPlan(vector)
      default:
        if vector["expected"].stringValue != nil {
          try Self.checkAnswer(vector)
        } else if vector["pdu"].stringValue != nil {
          try Self.checkFrame(vector)
        } else {
          // What pymodbus did with a memory of its own says nothing about this one.
          throw VectorSkip()
        }
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private static func checkCRC(_ vector: VectorCase) throws {
    let crc = ModbusCRC.checksum(of: try require(bytes(hex: vector["hex"].stringValue ?? ""), "hex"))
    try vector.expect(crc, equals: UInt16(vector["crc"].integerValue ?? -1))
  }

  private static func checkFrame(_ vector: VectorCase) throws {
    let pdu = try require(bytes(hex: vector["pdu"].stringValue ?? ""), "pdu")
    let unit = UInt8(vector["unit"].integerValue ?? 0)
    let transaction = UInt16(vector["transaction"].integerValue ?? 0)
    if let tcp = vector["tcp"].stringValue {
      try vector.expect(hex(MBAPFrame(transaction: transaction, unit: unit, pdu: pdu).encoded()), equals: tcp, "tcp")
      var decoder = MBAPDecoder()
      let frames = try decoder.receive(try require(bytes(hex: tcp), "tcp"))
      try vector.expect(frames, equals: [MBAPFrame(transaction: transaction, unit: unit, pdu: pdu)], "tcp")
    }
    if let rtu = vector["rtu"].stringValue {
      try vector.expect(hex(RTUFrame(unit: unit, pdu: pdu).encoded()), equals: rtu, "rtu")
      try vector.expect(
        RTUFrame(decoding: try require(bytes(hex: rtu), "rtu")), equals: RTUFrame(unit: unit, pdu: pdu), "rtu")
    }
    let isKnown = [1, 2, 3, 4, 5, 6, 15, 16].contains(pdu[0] & 0x7F)
    if vector["direction"].stringValue == "request", isKnown {
      try vector.expect(hex(try ModbusRequest(decoding: pdu).encoded()), equals: hex(pdu), "request")
    } else if pdu[0] & 0x80 != 0 {
      let request = ModbusRequest.read(.holdingRegisters, address: 0, count: 1)
      do {
        _ = try ModbusResponse(decoding: pdu, answering: request)
        throw VectorError("an exception was taken for an answer")
      } catch let error as ModbusError {
        try vector.expect(error.exception?.code, equals: pdu[1], "exception")
      }
    } else if isKnown {
      let request = try Self.request(answeredBy: pdu)
      let response = try ModbusResponse(decoding: pdu, answering: request)
      try vector.expect(hex(response.encoded(answering: request)), equals: hex(pdu), "response")
    }
  }

  /// A request that this response could answer: the response alone does not tell the address of a read.
  private static func request(answeredBy pdu: [UInt8]) throws -> ModbusRequest {
    func word(_ index: Int) -> UInt16 { UInt16(pdu[index]) << 8 | UInt16(pdu[index + 1]) }
    switch pdu[0] {
    case 1: return .read(.coils, address: 0, count: Int(pdu[1]) * 8)
    case 2: return .read(.discreteInputs, address: 0, count: Int(pdu[1]) * 8)
    case 3: return .read(.holdingRegisters, address: 0, count: Int(pdu[1]) / 2)
    case 4: return .read(.inputRegisters, address: 0, count: Int(pdu[1]) / 2)
    case 15: return .writeCoils(address: word(1), [Bool](repeating: false, count: Int(word(3))))
    case 16: return .writeRegisters(address: word(1), [UInt16](repeating: 0, count: Int(word(3))))
    default: return try ModbusRequest(decoding: pdu)
    }
  }

  private static func checkData(_ vector: VectorCase) throws {
    let registers = (vector["registers"].arrayValue ?? []).compactMap { $0.integerValue.map { UInt16($0) } }
    let name = vector["type"].stringValue ?? ""
    guard let format = RegisterFormat(rawValue: name) else { throw VectorSkip() }
    let word = vector["order"].stringValue
    let order = word == "BA" ? RegisterOrder.badc : word.flatMap(RegisterOrder.init) ?? .abcd
    let value = try require(format.decode(registers, order: order), "no value")
    if let text = vector["value"].stringValue, format == .string {
      try vector.expect(value, equals: .bytes(Array(text.utf8)))
    } else if format == .uint64 {
      try vector.expect("\(value)", equals: "unsigned(\(vector["exact"].text))")
    } else if format == .float32 {
      try vector.expect(value.doubleValue.map { Float($0) }, equals: vector["exact"].doubleValue.map { Float($0) })
    } else {
      try vector.expect(value.doubleValue, equals: vector["exact"].doubleValue)
    }
    try vector.expect(format.encode(value, order: order, count: registers.count), equals: registers, "encoded")
  }

  private static func checkPlan(_ vector: VectorCase) throws {
    let items: [(Int, Int)] =
      if let pairs = vector["items"].arrayValue {
        pairs.map { (Int($0[0]?.integerValue ?? -1), Int($0[1]?.integerValue ?? 0)) }
      } else {
        (0..<300).map { ($0, 1) }
      }
    var limits = ReadPlanner.Limits()
    limits.registers = Int(vector["max_registers"].integerValue ?? 0)
    limits.gap = Int(vector["max_gap"].integerValue ?? 0)
    var planner = ReadPlanner(limits: limits)
    for hole in vector["unreadable"].arrayValue ?? [] {
      guard let start = hole[0]?.integerValue, let end = hole[1]?.integerValue else { continue }
      planner.markUnreadable(Int(start)..<Int(end), in: .holdingRegisters)
    }
    let plan = planner.plan(items.map { RegisterSpan(.holdingRegisters, address: $0.0, count: $0.1) })
    let expected = (vector["reads"].arrayValue ?? []).map { "\($0[0]?.integerValue ?? -1)+\($0[1]?.integerValue ?? 0)" }
    try vector.expect(plan.map { "\($0.span.address)+\($0.span.count)" }, equals: expected)
  }

  private static func checkAnswer(_ vector: VectorCase) throws {
    var decoder = MBAPDecoder()
    let frames = try decoder.receive(try require(bytes(hex: vector["tcp"].stringValue ?? ""), "tcp"))
    let answers = frames.map { frame in
      hex(
        MBAPFrame(
          transaction: frame.transaction, unit: frame.unit, pdu: TestBank().answer(to: frame.pdu, unit: frame.unit)
        ).encoded())
    }
    try vector.expect(answers.joined(), equals: vector["expected"].stringValue ?? "")
  }

  private static func require<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw VectorError("\(what) is missing or unreadable") }
    return value
  }
}
