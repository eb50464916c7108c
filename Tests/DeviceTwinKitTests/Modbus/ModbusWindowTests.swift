import DeviceTwinKit
import Testing

@Suite("Modbus request window")
struct ModbusWindowTests {
  private let read = ModbusRequest.read(.holdingRegisters, address: 0, count: 1)

  /// Actions as short words: the transcripts below read as event == words.
  private func words(_ actions: [ModbusWindow.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .send(let bytes): "send \(Int(bytes[0]) << 8 | Int(bytes[1]))"
      case .succeed(let ticket, .registers(let registers)): "\(ticket) = \(registers)"
      case .succeed(let ticket, _): "\(ticket) done"
      case .fail(let ticket, let error): "\(ticket) \(error.code.name)"
      case .close: "close"
      }
    }
  }

  private func answer(_ transaction: UInt16, _ value: UInt8, unit: UInt8 = 1) -> [UInt8] {
    MBAPFrame(transaction: transaction, unit: unit, pdu: [3, 2, 0, value]).encoded()
  }

  private let timeout = ModbusError(code: .timeout, message: "no answer")

  @Test("one request is on the wire; the next is sent when it is answered")
  func oneAtATime() {
    var window = ModbusWindow()
    #expect(words(window.submit(1, unit: 1, read)) == ["send 1"])
    #expect(words(window.submit(2, unit: 1, read)) == [])
    #expect(words(window.received(answer(1, 7))) == ["1 = [7]", "send 2"])
    #expect(words(window.received(answer(2, 8))) == ["2 = [8]"])
  }

  @Test("several requests in flight are matched by transaction, not by order")
  func pipelined() {
    var window = ModbusWindow(maximumInFlight: 3)
    for ticket in 1...3 as ClosedRange<UInt64> { _ = window.submit(ticket, unit: 1, read) }
    #expect(words(window.received(answer(3, 9) + answer(1, 7) + answer(2, 8))) == ["3 = [9]", "1 = [7]", "2 = [8]"])
  }

  @Test("the late answer of a timed-out request is dropped and never taken for another's")
  func late() {
    var window = ModbusWindow()
    _ = window.submit(1, unit: 1, read)
    _ = window.submit(2, unit: 1, read)
    #expect(words(window.abandon(1, because: timeout)) == ["1 timeout", "send 2"])
    #expect(words(window.received(answer(1, 7))) == [])
    #expect(window.lateAnswers == 1)
    #expect(words(window.received(answer(2, 8))) == ["2 = [8]"])
    #expect(words(window.abandon(2, because: timeout)) == [])
  }

  @Test("an answer of another unit or function fails its request")
  func foreignAnswer() {
    var window = ModbusWindow()
    _ = window.submit(1, unit: 1, read)
    #expect(words(window.received(answer(1, 7, unit: 2))) == ["1 malformed"])
    _ = window.submit(2, unit: 1, read)
    let exception = MBAPFrame(transaction: 2, unit: 1, pdu: [0x83, 2]).encoded()
    #expect(words(window.received(exception)) == ["2 exception"])
  }

  @Test("a request beyond the waiting line fails at once, an impossible one is never sent")
  func bounds() {
    var window = ModbusWindow(maximumInFlight: 1, maximumWaiting: 1)
    _ = window.submit(1, unit: 1, read)
    _ = window.submit(2, unit: 1, read)
    #expect(words(window.submit(3, unit: 1, read)) == ["3 overloaded"])
    let tooLong = ModbusRequest.read(.holdingRegisters, address: 0, count: 126)
    #expect(words(window.submit(4, unit: 1, tooLong)) == ["4 invalidRequest"])
  }

  @Test("the end of the connection fails every request, now and later")
  func closed() {
    var window = ModbusWindow()
    _ = window.submit(1, unit: 1, read)
    _ = window.submit(2, unit: 1, read)
    #expect(words(window.closed(reason: "gone")) == ["1 closed", "2 closed"])
    #expect(words(window.submit(3, unit: 1, read)) == ["3 closed"])
    #expect(words(window.closed(reason: "gone")) == [])
  }

  @Test("garbage closes the connection")
  func garbage() {
    var window = ModbusWindow()
    _ = window.submit(1, unit: 1, read)
    #expect(words(window.received([0xFF, 0xFF, 0, 1, 0, 2, 0])) == ["1 malformed", "close"])
  }
}
