import DeviceTwinKit
import EdgePrimitives
import Testing

@Suite("Modbus codec")
struct ModbusCodecTests {
  static let requests: [ModbusRequest] = [
    .read(.coils, address: 3, count: 2000), .read(.discreteInputs, address: 0, count: 9),
    .read(.holdingRegisters, address: 65_535, count: 1), .read(.inputRegisters, address: 1, count: 125),
    .writeCoil(address: 7, true), .writeRegister(address: 8, 0xBEEF),
    .writeCoils(address: 19, [true, false, true, true, false, false, true, true, true, false]),
    .writeRegisters(address: 65_413, [UInt16](repeating: 7, count: 123)),
  ]

  @Test("a request is read back as it was written", arguments: Self.requests)
  func requestRoundTrip(_ request: ModbusRequest) throws {
    #expect(try ModbusRequest(decoding: request.encoded()) == request)
    #expect(try request.encoded().count <= MBAPFrame.maximumPDUBytes)
  }

  @Test("a request that breaks a rule is answered with the exception of that rule")
  func violations() throws {
    let bank = TestBank()
    func answer(_ pdu: [UInt8]) -> [UInt8] { bank.answer(to: pdu, unit: 1) }
    #expect(answer([3, 0, 0, 0, 126]) == [0x83, 3])
    #expect(answer([3, 0, 0, 0, 0]) == [0x83, 3])
    #expect(answer([3, 0, 0, 0]) == [0x83, 3])
    #expect(answer([3, 0xFF, 0xFF, 0, 2]) == [0x83, 2])
    #expect(answer([1, 0, 0, 7, 0xD1]) == [0x81, 3])
    #expect(answer([5, 0, 0, 0x12, 0x34]) == [0x85, 3])
    #expect(answer([15, 0, 0, 0, 9, 1, 0xFF]) == [0x8F, 3])
    #expect(answer([16, 0, 0, 0, 2, 3, 0, 1, 0]) == [0x90, 3])
    #expect(answer([0x2B, 14, 1, 0]) == [0xAB, 1])
    #expect(answer([]) == [0x80, 1])
    #expect(bank.answer(to: [3, 0, 0, 0, 1], unit: 9) == [0x83, 0x0B])
  }

  @Test("an answer is held against its request: function, byte count and echo")
  func answers() {
    let read = ModbusRequest.read(.holdingRegisters, address: 0, count: 2)
    let write = ModbusRequest.writeRegister(address: 4, 9)
    for (pdu, request) in [
      ([4, 4, 0, 0, 0, 0], read), ([3, 2, 0, 0], read), ([3, 4, 0, 0], read), ([3, 4, 0, 0, 0, 0, 0], read),
      ([3], read), ([], read), ([0x83], read), ([0x83, 2, 0], read), ([6, 0, 4, 0, 8], write),
      ([5, 0, 0, 0xFF, 0], .writeCoil(address: 0, false)),
    ] as [([UInt8], ModbusRequest)] {
      #expect(throws: ModbusError.self, "\(pdu)") { try ModbusResponse(decoding: pdu, answering: request) }
    }
  }

  @Test("a stream of frames is cut right wherever it was split")
  func everySplit() throws {
    let frames = [
      MBAPFrame(transaction: 1, unit: 1, pdu: [3, 0, 0, 0, 1]), MBAPFrame(transaction: 2, unit: 255, pdu: [7]),
      MBAPFrame(transaction: 65_535, unit: 0, pdu: [UInt8](repeating: 9, count: 253)),
    ]
    let stream = frames.flatMap { $0.encoded() }
    for split in 0...stream.count {
      var decoder = MBAPDecoder()
      let got = try decoder.receive(stream[..<split]) + decoder.receive(stream[split...])
      #expect(got == frames, "split at \(split)")
      #expect(decoder.bufferedBytes == 0)
    }
    var decoder = MBAPDecoder()
    var single: [MBAPFrame] = []
    for byte in stream { single += try decoder.receive([byte]) }
    #expect(single == frames)
  }

  @Test(
    "a header that is no Modbus header breaks the stream for good and keeps nothing",
    arguments: [
      [0, 1, 0, 1, 0, 6, 1], [0, 1, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 255, 1],
      [0x47, 0x45, 0x54, 0x20, 0x2F, 0x20, 0x48],
    ] as [[UInt8]])
  func brokenStream(_ bytes: [UInt8]) throws {
    var decoder = MBAPDecoder()
    #expect(throws: ModbusError.self) { try decoder.receive(bytes) }
    #expect(decoder.bufferedBytes == 0)
    #expect(throws: ModbusError.self) { try decoder.receive([0]) }
  }

  @Test("random bytes never crash a decoder", arguments: [11, 12, 13] as [UInt64])
  func fuzz(seed: UInt64) {
    print("Modbus fuzz, seed \(seed)")
    let entropy = SeededEntropy(seed: seed)
    let bank = TestBank()
    for _ in 0..<3000 {
      let bytes = (0..<Int(entropy.next(below: 20))).map { _ in UInt8(truncatingIfNeeded: entropy.next() % 24) }
      var decoder = MBAPDecoder()
      _ = try? decoder.receive(bytes)
      let answer = bank.answer(to: bytes, unit: 1)
      #expect(answer.count >= 2 && answer.count <= 253)
      for request in Self.requests { _ = try? ModbusResponse(decoding: bytes, answering: request) }
      _ = RTUFrame(decoding: bytes)
    }
  }

  @Test("an RTU frame with a flipped bit is refused")
  func rtu() {
    let frame = RTUFrame(unit: 1, pdu: [3, 0, 0x6B, 0, 3]).encoded()
    for bit in 0..<(frame.count * 8) {
      var broken = frame
      broken[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(RTUFrame(decoding: broken) == nil)
    }
  }
}
