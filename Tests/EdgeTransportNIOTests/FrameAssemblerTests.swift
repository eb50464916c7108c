#if Networking
import EdgePrimitives
import NIOCore
import NIOWebSocket
import Testing

@testable import EdgeTransportNIO

/// Transcripts of the receiving brain: frame == action.
@Suite("frame assembler")
struct FrameAssemblerTests {
  private func frame(
    _ opcode: WebSocketOpcode, _ text: String = "", fin: Bool = true, rsv1: Bool = false, mask: Bool = false
  ) -> WebSocketFrame {
    var data = ByteBuffer(string: text)
    let key: WebSocketMaskingKey? = mask ? [1, 2, 3, 4] : nil
    if let key { data.webSocketMask(key) }
    return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: key, data: data)
  }

  private func assembler(maximum: Int = 100, expectsMask: Bool = false) -> FrameAssembler {
    FrameAssembler(maximumMessageBytes: maximum, expectsMask: expectsMask)
  }

  @Test("a text or binary frame is a message, unmasked at the server")
  func single() {
    var client = assembler()
    #expect(client.receive(frame(.text, "a")) == .message(ByteBuffer(string: "a")))
    #expect(client.receive(frame(.binary, "b")) == .message(ByteBuffer(string: "b")))
    var server = assembler(expectsMask: true)
    #expect(server.receive(frame(.text, "masked", mask: true)) == .message(ByteBuffer(string: "masked")))
  }

  @Test("fragments become one message, with an empty last one and a ping in between, as gorilla sends them")
  func fragments() {
    var assembler = assembler()
    #expect(assembler.receive(frame(.text, "ab", fin: false)) == .none)
    #expect(assembler.receive(frame(.ping, "p")) == .ping(ByteBuffer(string: "p")))
    #expect(assembler.receive(frame(.continuation, "cd", fin: false)) == .none)
    #expect(assembler.receive(frame(.continuation)) == .message(ByteBuffer(string: "abcd")))
  }

  @Test("a message over the limit is too big, in one frame or in many")
  func tooBig() throws {
    var single = assembler(maximum: 4)
    guard case .violation(.tooBig, _) = single.receive(frame(.text, "12345")) else { throw Unexpected() }
    var many = assembler(maximum: 4)
    #expect(many.receive(frame(.text, "123", fin: false)) == .none)
    guard case .violation(.tooBig, _) = many.receive(frame(.continuation, "45")) else { throw Unexpected() }
    #expect(many.receive(frame(.text, "1")) == .none)
  }

  @Test("broken rules are protocol errors")
  func violations() {
    let cases: [(String, Bool, [WebSocketFrame])] = [
      ("continuation of nothing", false, [frame(.continuation, "a")]),
      ("message inside a message", false, [frame(.text, "a", fin: false), frame(.text, "b")]),
      ("reserved bit", false, [frame(.text, "a", rsv1: true)]),
      ("masked server frame", false, [frame(.text, "a", mask: true)]),
      ("unmasked client frame", true, [frame(.text, "a")]),
      ("one byte close", false, [frame(.connectionClose, "x")]),
      ("close code 1005", false, [frame(.connectionClose, "\u{3}\u{6d}")]),
    ]
    for (name, expectsMask, frames) in cases {
      var assembler = assembler(expectsMask: expectsMask)
      var last = FrameAssembler.Action.none
      for frame in frames { last = assembler.receive(frame) }
      guard case .violation(.protocolError, _) = last else {
        Issue.record("\(name): \(last)")
        continue
      }
    }
  }

  @Test("a close gives its code, and nothing counts after it")
  func close() {
    var assembler = assembler()
    #expect(assembler.receive(frame(.connectionClose, "\u{3}")) != .close(nil))
    var other = self.assembler()
    var data = ByteBuffer(bytes: [0x03, 0xE9])
    data.writeString("bye")
    #expect(other.receive(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)) == .close(.goingAway))
    #expect(other.receive(frame(.text, "a")) == .none)
    var empty = self.assembler()
    #expect(empty.receive(frame(.connectionClose)) == .close(nil))
  }

  @Test("what the writer writes, NIO's decoder and the assembler read, at every length class, masked and not")
  func writerAgrees() throws {
    for masks in [false, true] {
      let writer = FrameWriter(masks: masks, entropy: SeededEntropy(seed: 3))
      for length in [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 70_001] {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var buffer = ByteBuffer()
        writer.append(.text, payload, to: &buffer)
        let frames = Frames()
        let processor = NIOSingleStepByteToMessageProcessor(SingleStepFrameDecoder())
        try processor.process(buffer: buffer) { frames.all.append($0) }
        #expect(frames.all.count == 1)
        var assembler = FrameAssembler(maximumMessageBytes: 1 << 20, expectsMask: masks)
        #expect(assembler.receive(try #require(frames.all.first)) == .message(ByteBuffer(bytes: payload)))
      }
    }
  }

  private final class Frames { var all: [WebSocketFrame] = [] }

  /// The least of RFC 6455 5.2, so that our writer is not judged by our own reading of it alone.
  private struct SingleStepFrameDecoder: NIOSingleStepByteToMessageDecoder {
    mutating func decode(buffer: inout ByteBuffer) throws -> WebSocketFrame? {
      guard let first = buffer.readInteger(as: UInt8.self), let second = buffer.readInteger(as: UInt8.self) else {
        return nil
      }
      let length: Int? =
        switch second & 0x7F {
        case 126: buffer.readInteger(as: UInt16.self).map(Int.init)
        case 127: buffer.readInteger(as: UInt64.self).map(Int.init)
        case let short: Int(short)
        }
      let key = second & 0x80 != 0 ? buffer.readBytes(length: 4).flatMap { WebSocketMaskingKey($0) } : nil
      guard let length, let data = buffer.readSlice(length: length),
        let opcode = WebSocketOpcode(encodedWebSocketOpcode: first & 0x0F)
      else { return nil }
      return WebSocketFrame(fin: first & 0x80 != 0, opcode: opcode, maskKey: key, data: data)
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> WebSocketFrame? {
      buffer.readableBytes == 0 ? nil : try decode(buffer: &buffer)
    }
  }
}

private struct Unexpected: Error {}

@Suite("liveness")
struct LivenessTests {
  @Test("silence brings a ping, silence after it death, any sign of life starts over")
  func transcript() {
    let start = NIODeadline.uptimeNanoseconds(0)
    func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }
    var liveness = Liveness(interval: .seconds(15), timeout: .seconds(10), now: start)
    #expect(liveness.tick(now: at(0)) == .wait(until: at(15)))
    liveness.heard(now: at(10))
    #expect(liveness.tick(now: at(15)) == .wait(until: at(25)))
    #expect(liveness.tick(now: at(25)) == .ping(lookAgain: at(35)))
    #expect(liveness.tick(now: at(30)) == .wait(until: at(35)))
    liveness.heard(now: at(31))
    #expect(liveness.tick(now: at(35)) == .wait(until: at(46)))
    #expect(liveness.tick(now: at(46)) == .ping(lookAgain: at(56)))
    #expect(liveness.tick(now: at(56)) == .dead)
  }
}
#endif
