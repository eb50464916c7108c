import Testing

@testable import EdgeTransport

/// What a peer may not do, and the code of RFC 9000 that ends its session. The limits are those of `MachinePair`: 4000
/// bytes, 1000 on a stream, 4 streams of a kind. The client's streams are 0, 4, 8 and 2, 6, 10; the server's 1 and 3.
@Suite("broken rules of framed sessions")
struct BrokenRuleTests {
  static let long = String(repeating: "x", count: 1000)
  static let client2 = StreamID(rawValue: 2)

  static let cases: [(String, [Frame], FramingErrorCode)] = [
    ("a stream over the limit", [.stream(16, "a")], .streamLimitError),
    ("a one-way stream over the limit", [.stream(18, "a")], .streamLimitError),
    ("the last stream there can be", [.stream(Varint.maximum - 1, "a")], .streamLimitError),
    (
      "a reset of a stream over the limit", [.resetStream(StreamID(rawValue: 16), code: 0, finalSize: 0)],
      .streamLimitError
    ),
    ("a class for a stream over the limit", [.priority(StreamID(rawValue: 16), 0)], .streamLimitError),
    ("more than the stream's window", [.stream(2, long + "x")], .flowControlError),
    ("more than the stream's window, bit by bit", [.stream(2, long), .stream(2, at: 1000, "x")], .flowControlError),
    (
      "more than the session's window",
      [.stream(2, long), .stream(6, long), .stream(10, long), .stream(14, long), .stream(0, "x")], .flowControlError
    ),
    ("a reset beyond the stream's window", [.resetStream(client2, code: 0, finalSize: 1001)], .flowControlError),
    (
      "resets beyond the session's window",
      [2, 6, 10, 14, 0].map { .resetStream(StreamID(rawValue: $0), code: 0, finalSize: 900) }, .flowControlError
    ),
    ("bytes after the end", [.stream(2, "ab", isFinal: true), .stream(2, at: 2, "c")], .finalSizeError),
    ("a second end", [.stream(2, "ab", isFinal: true), .stream(2, at: 0, "a", isFinal: true)], .finalSizeError),
    ("an end before what was received", [.stream(2, "abc"), .stream(2, "ab", isFinal: true)], .finalSizeError),
    (
      "a reset before what was received", [.stream(2, "abc"), .resetStream(client2, code: 0, finalSize: 2)],
      .finalSizeError
    ),
    (
      "a second reset of another size",
      [.resetStream(client2, code: 0, finalSize: 2), .resetStream(client2, code: 0, finalSize: 3)], .finalSizeError
    ),
    ("a gap", [.stream(2, at: 1, "a")], .protocolViolation),
    ("a gap after bytes", [.stream(2, "ab"), .stream(2, at: 3, "a")], .protocolViolation),
    ("other bytes at the same place", [.stream(2, "abc"), .stream(2, at: 1, "xc")], .protocolViolation),
    ("other bytes before new ones", [.stream(2, "abc"), .stream(2, at: 2, "xyz")], .protocolViolation),
    ("a stream of the server that was never opened", [.stream(5, "a")], .streamStateError),
    ("data on a stream that only the server sends", [.stream(3, "a")], .streamStateError),
    ("credit for a stream that only the client sends", [.maxStreamData(client2, 1)], .streamStateError),
    ("a stop for a stream that only the client sends", [.stopSending(client2, code: 1)], .streamStateError),
    (
      "a reset of what only the server sends", [.resetStream(StreamID(rawValue: 3), code: 0, finalSize: 0)],
      .streamStateError
    ),
    (
      "a complaint about what only the server sends", [.streamDataBlocked(StreamID(rawValue: 3), limit: 0)],
      .streamStateError
    ),
    (
      "an acknowledgement of what was never sent", [.acknowledgement(.init(largest: 1000, firstRange: 1000))],
      .protocolViolation
    ),
    (
      "an acknowledgement of the highest number", [.acknowledgement(.init(largest: Varint.maximum, firstRange: 0))],
      .protocolViolation
    ),
    (
      "an acknowledgement with a hole",
      [.acknowledgement(.init(largest: 2, firstRange: 0, furtherRanges: [.init(gap: 0, length: 0)]))],
      .protocolViolation
    ),
    (
      "an acknowledgement that leaves out the first", [.acknowledgement(.init(largest: 2, firstRange: 1))],
      .protocolViolation
    ),
    ("a datagram over the limit", [.datagram([UInt8](repeating: 1, count: 1200)[...])], .protocolViolation),
    (
      "a second greeting",
      [.hello(SessionHello(id: SessionID(high: 1, low: 2), secret: [], attempt: 9, parameters: SessionParameters()))],
      .protocolViolation
    ),
  ]

  @Test(
    "a broken rule ends the session with the code of RFC 9000, told to the peer, and keeps nothing", arguments: cases)
  func ends(_ name: String, _ frames: [Frame], _ code: FramingErrorCode) throws {
    var pair = try MachinePair()
    // So that the server has sent numbered frames.
    for direction in StreamDirection.allCases {
      guard case .opened(let id) = pair.server.openStream(direction) else { throw MachinePair.NotConnected() }
      #expect(pair.server.write([1], to: id) == .accepted(1))
      if direction == .bidirectional { #expect(id.rawValue == 1) }
    }
    _ = pair.serverBytes()
    _ = pair.server.write([2], to: StreamID(rawValue: 1))
    _ = pair.serverBytes()
    pair.inject(frames)
    guard case .transport(let given, _)? = pair.server.close?.reason else {
      Issue.record("\(name): the session goes on")
      return
    }
    #expect(given == code, "\(name)")
    var bytes: [UInt8] = []
    #expect(pair.server.write(on: pair.serverConnection, into: &bytes, now: .zero) == .last)
    guard case .connectionClose(let close)? = readFrames(bytes, pieces: { 100 }).frames.first else {
      Issue.record("\(name): the peer is not told")
      return
    }
    #expect(close.reason == pair.server.close?.reason)
    #expect(pair.server.streamCount == 0 && pair.server.bufferedBytes == 0 && pair.server.deadline == nil)
    // Told once, and deaf from then on.
    bytes = []
    #expect(pair.server.write(on: pair.serverConnection, into: &bytes, now: .zero) == .last && bytes.isEmpty)
    pair.inject([.ping])
    #expect(pair.server.openStream(.bidirectional) == .closed(close))
    #expect(pair.server.read(StreamID(rawValue: 1)) == .closed(close))
  }

  @Test("malformed bytes end the session with their code too")
  func malformed() throws {
    for (name, bytes, code) in MalformedFrameTests.cases {
      var pair = try MachinePair()
      pair.server.receive(bytes, on: pair.serverConnection, now: .zero)
      guard case .transport(code, _)? = pair.server.close?.reason else {
        Issue.record("\(name): \(String(describing: pair.server.close))")
        continue
      }
    }
  }

  @Test("what is harmless goes on: repeated bytes, a replayed acknowledgement, late frames of a stream that is over")
  func harmless() throws {
    var pair = try MachinePair()
    pair.inject([.stream(2, "abc"), .stream(2, "abc"), .stream(2, at: 1, "bcd", isFinal: true)])
    #expect(pair.server.read(Self.client2) == .data(Array("abcd".utf8)))
    #expect(pair.server.read(Self.client2) == .end)
    pair.inject([.stream(2, at: 4, "zz"), .resetStream(Self.client2, code: 1, finalSize: 9), .padding(count: 100)])
    guard case .opened(let id) = pair.server.openStream(.unidirectional) else { throw MachinePair.NotConnected() }
    _ = pair.server.write([1], to: id)
    _ = pair.serverBytes()
    _ = pair.server.write([2], to: id)
    _ = pair.serverBytes()
    let acknowledgement = Frame.acknowledgement(Acknowledgement(largest: 1, firstRange: 1))
    pair.inject([acknowledgement, .acknowledgement(Acknowledgement(largest: 0, firstRange: 0)), acknowledgement])
    #expect(pair.server.close == nil && pair.server.bufferedBytes == 0)
    #expect(pair.server.counters.staleAcknowledgements == 2)
  }

  @Test("a client that floods what it may only costs what the windows allow")
  func bounded() throws {
    var pair = try MachinePair()
    for _ in 0..<2000 {
      pair.inject([
        .ping, .maxData(7), .datagram([1, 2, 3]), .priority(StreamID(rawValue: 0), 9), .dataBlocked(limit: 1),
        .streamsBlocked(.bidirectional, limit: 4), .stopSending(StreamID(rawValue: 0), code: 1),
      ])
    }
    #expect(pair.server.close == nil && pair.server.streamCount == 1)
    #expect(pair.server.incomingDatagrams.count == 64 && pair.server.counters.datagramsDropped == 2000 - 64)
    // One answer to all of it.
    #expect(pair.serverFrames().count <= 4)
  }
}
