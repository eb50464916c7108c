import EdgePrimitives
import Testing

@testable import EdgeTransport

/// Transcripts of the receiving brain: bytes == events.
@Suite("WebSocket reader")
struct WebSocketReaderTests {
  /// One frame, written here by hand so that our writer is not judged by our own reading of the standard alone.
  private func frame(
    _ first: UInt8, _ payload: [UInt8] = [], masked: Bool = false, length: [UInt8]? = nil
  ) -> [UInt8] {
    var bytes = [first]
    let bit: UInt8 = masked ? 0x80 : 0
    if let length {
      bytes += [length[0] | bit] + length[1...]
    } else if payload.count < 126 {
      bytes.append(bit | UInt8(payload.count))
    } else {
      bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    }
    let key: [UInt8] = [0x11, 0xA2, 0x03, 0xF4]
    return masked ? bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] } : bytes + payload
  }

  private func events(
    _ bytes: [UInt8], cuts: [Int] = [], maximum: Int = 1000, expectsMask: Bool = false
  ) -> [WebSocketReader.Event] {
    var reader = WebSocketReader(maximumMessageBytes: maximum, expectsMask: expectsMask)
    var events: [WebSocketReader.Event] = []
    var start = 0
    for end in cuts + [bytes.count] {
      bytes[start..<end].withUnsafeBytes { reader.receive($0) { events.append($0) } }
      start = end
    }
    return events
  }

  private func text(_ text: String) -> WebSocketReader.Event { .message(.text(text)) }

  @Test("text and binary are messages, unmasked at the server, of every length class")
  func single() {
    #expect(events(frame(0x81, Array("a".utf8))) == [text("a")])
    for length in [0, 1, 3, 4, 5, 7, 8, 9, 12, 15, 16, 125, 126, 127, 999] {
      let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let expected = [WebSocketReader.Event.message(WebSocketMessage(.binary, bytes: payload))]
      #expect(events(frame(0x82, payload)) == expected)
      #expect(events(frame(0x82, payload, masked: true), expectsMask: true) == expected)
    }
  }

  @Test("however the bytes are cut, the events are the same")
  func everyCut() {
    let wire =
      frame(0x01, Array("frag".utf8), masked: true) + frame(0x89, Array("ping".utf8), masked: true)
      + frame(0x00, Array("mentéd😀".utf8), masked: true) + frame(0x80, masked: true)
      + frame(0x82, [UInt8](repeating: 0xFF, count: 200), masked: true) + frame(0x88, [0x03, 0xE8], masked: true)
    let whole = events(wire, expectsMask: true)
    #expect(whole.count == 4 && whole[1] == text("fragmentéd😀"))
    for first in 0...wire.count {
      #expect(events(wire, cuts: [first], expectsMask: true) == whole)
      #expect(events(wire, cuts: [first, min(wire.count, first + 3)], expectsMask: true) == whole)
    }
    #expect(events(wire, cuts: Array(0..<wire.count), expectsMask: true) == whole)
  }

  @Test("fragments become one message, with an empty last one and a ping in between, as gorilla sends them")
  func fragments() {
    let wire =
      frame(0x01, Array("ab".utf8)) + frame(0x89, Array("p".utf8)) + frame(0x00, Array("cd".utf8)) + frame(0x80)
    #expect(events(wire) == [.ping(Array("p".utf8)), text("abcd")])
  }

  @Test("a message over the limit is too big before its payload has come, in one frame or in many")
  func tooBig() {
    let announced = Array(frame(0x82, [UInt8](repeating: 1, count: 200)).prefix(4))
    guard case .violation(.tooBig, _) = events(announced, maximum: 199).last else {
      Issue.record("not found too big")
      return
    }
    #expect(events(frame(0x82, [UInt8](repeating: 1, count: 199)), maximum: 199).count == 1)
    let many = frame(0x02, [1, 2, 3]) + frame(0x80, [4, 5]) + frame(0x82, [6])
    let found = events(many, maximum: 4)
    guard found.count == 1, case .violation(.tooBig, _) = found[0] else {
      Issue.record("\(found)")
      return
    }
  }

  @Test("memory follows what has come, not what a length announces")
  func announcedLengths() {
    var reader = WebSocketReader(maximumMessageBytes: 1 << 40, expectsMask: false)
    let head = frame(0x82, [], length: [127, 0, 0, 0, 0xFF, 0, 0, 0, 0]) + [1, 2, 3]
    head.withUnsafeBytes { reader.receive($0) { _ in Issue.record("an event too early") } }
    #expect(reader.heldBytes == 3 && reader.isInsideMessage)
  }

  @Test("broken rules are protocol errors, and nothing is read after one")
  func violations() {
    let cases: [(String, Bool, [UInt8])] = [
      ("continuation of nothing", false, frame(0x80, [1])),
      ("message inside a message", false, frame(0x01, [0x61]) + frame(0x81, [0x61])),
      ("first reserved bit", false, frame(0xC1)), ("second", false, frame(0xA1)), ("third", false, frame(0x91)),
      ("masked server frame", false, frame(0x81, masked: true)), ("unmasked client frame", true, frame(0x81)),
      ("reserved data opcode", false, frame(0x83)), ("reserved control opcode", false, frame(0x8B)),
      ("fragmented ping", false, frame(0x09)),
      ("ping of 126 bytes", false, frame(0x89, [UInt8](repeating: 0, count: 126))),
      ("close of one byte", false, frame(0x88, [3])),
      (
        "length of two bytes where one will do", false,
        frame(0x82, [UInt8](repeating: 0, count: 5), length: [126, 0, 5])
      ),
      ("length of eight bytes where two will do", false, frame(0x82, [], length: [127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])),
      ("length with its top bit", false, frame(0x82, [], length: [127, 0x80, 0, 0, 0, 0, 0, 0, 0])),
    ]
    for (name, expectsMask, wire) in cases {
      let found = events(wire + frame(0x81, [0x61]), expectsMask: expectsMask)
      guard found.count == 1, case .violation(.protocolError, _) = found[0] else {
        Issue.record("\(name): \(found)")
        continue
      }
    }
  }

  @Test("a close gives its code; one that may not stand on the wire is a protocol error")
  func closeCodes() {
    #expect(events(frame(0x88)) == [.close(nil)])
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
      let found = events(frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array("bye".utf8)) + frame(0x81, [0x61]))
      #expect(found == [.close(WebSocketCloseCode(rawValue: UInt16(code)))])
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
      guard case .violation(.protocolError, _) = events(frame(0x88, [UInt8(code >> 8), UInt8(code & 0xFF)])).last else {
        Issue.record("\(code) was taken")
        continue
      }
    }
    guard case .violation(.invalidData, _) = events(frame(0x88, [3, 0xE8, 0xC3])).last else {
      Issue.record("a reason cut inside a character was taken")
      return
    }
  }

  @Test("text that is no UTF-8 is refused at the octet that breaks it, across fragments; binary may be anything")
  func invalidText() {
    #expect(events(frame(0x82, [0xC3, 0x28])).count == 1)
    let euro: [UInt8] = [0xE2, 0x82, 0xAC]
    #expect(events(frame(0x01, Array(euro[..<1])) + frame(0x80, Array(euro[1...]))) == [text("€")])
    for wire in [frame(0x81, [0xE2, 0x82]), frame(0x01, [0xE2]) + frame(0x80, [0x28])] {
      guard case .violation(.invalidData, _) = events(wire).last else {
        Issue.record("taken: \(wire)")
        continue
      }
    }
    // The rest of the frame has not come.
    let early = Array(frame(0x81, [0x61, 0xF4, 0x90] + [UInt8](repeating: 0x80, count: 50)).prefix(5))
    guard case .violation(.invalidData, _) = events(early).last else {
      Issue.record("not found early")
      return
    }
  }

  @Test("what the writer writes, the reader reads, at every length class, masked and not, with a fresh key each time")
  func writerAgrees() {
    for masks in [false, true] {
      var writer = WebSocketWriter(masks: masks, entropy: SeededEntropy(seed: 3))
      var keys: Set<[UInt8]> = []
      for length in [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 70_001] {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var wire = [UInt8](repeating: 0, count: length + WebSocketWriter.maximumHeaderBytes)
        let count = wire.withUnsafeMutableBytes { target in
          payload.withUnsafeBytes { writer.write(.binary, $0, into: target) }
        }
        let found = events(Array(wire[..<count]), maximum: 1 << 20, expectsMask: masks)
        #expect(found == [.message(WebSocketMessage(.binary, bytes: payload))])
        if masks { keys.insert(Array(wire[(count - length - 4)..<(count - length)])) }
      }
      #expect(keys.count == (masks ? 11 : 0))
    }
  }
}
