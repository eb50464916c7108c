import Testing

@testable import EdgeTransport

@Suite("framed session machine")
struct FramedSessionMachineTests {
  @Test("the greetings come first; before the answer the client sends nothing and opens nothing")
  func greeting() throws {
    var pair = try MachinePair(connects: false)
    #expect(pair.client.openStream(.bidirectional) == .wait)
    try pair.attachClient()
    let bytes = pair.clientBytes()
    #expect(pair.clientBytes() == [])
    try pair.greet(with: bytes)
    #expect(pair.server.takeActions() == [.established])
    let answer = pair.serverFrames()
    guard case .hello(let hello)? = answer.first, answer.count == 1 else {
      Issue.record("\(answer)")
      return
    }
    #expect(hello.secret == [] && hello.attempt == 1, "the server repeats no secret")
    pair.client.receive(Frame.hello(hello).encoded, on: pair.clientConnection, now: .zero)
    #expect(pair.client.takeActions() == [.established, .canOpen(.bidirectional)])
    #expect(pair.client.openStream(.bidirectional) == .opened(StreamID(rawValue: 0)))
  }

  @Test("a connection that ends before its greeting is written says nothing; the next one greets")
  func endsUnspoken() throws {
    var pair = try MachinePair(connects: false)
    try pair.attachClient()
    let first = pair.clientConnection
    try pair.attachClient()
    let second = pair.clientConnection
    pair.client.detach(now: .zero)
    for number in [first, second] {
      var bytes: [UInt8] = []
      #expect(pair.client.write(on: number, into: &bytes, now: .zero) == .last && bytes == [])
      pair.client.connectionLost(number, now: .zero)
    }
    try pair.connect()
    pair.pump()
    #expect(pair.server.takeActions().first == .established)
    try pair.attachClient()
    let last = pair.clientConnection
    pair.client.closeSession(.none)
    var bytes: [UInt8] = []
    #expect(pair.client.write(on: last, into: &bytes, now: .zero) == .last && bytes == [])
  }

  @Test("an answer of another session or attempt, or any other frame, is no answer")
  func wrongAnswer() throws {
    let id = SessionID(high: 1, low: 2)
    let answers: [Frame] = [
      .ping,
      .hello(SessionHello(id: SessionID(high: 1, low: 3), secret: [], attempt: 1, parameters: SessionParameters())),
      .hello(SessionHello(id: id, secret: [], attempt: 2, parameters: SessionParameters())),
    ]
    for answer in answers {
      var pair = try MachinePair(connects: false)
      try pair.attachClient()
      _ = pair.clientBytes()
      pair.client.receive(answer.encoded, on: pair.clientConnection, now: .zero)
      guard case .transport(.protocolViolation, _)? = pair.client.close?.reason else {
        Issue.record("\(answer): \(String(describing: pair.client.close))")
        continue
      }
    }
  }

  @Test("the peer is told of more credit when half of a window was read, not before")
  func windowUpdates() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    #expect(pair.client.write([UInt8](repeating: 1, count: 1000)[...], to: id) == .accepted(1000))
    pair.pump()
    #expect(pair.server.read(id, maximum: 499) == .data([UInt8](repeating: 1, count: 499)))
    #expect(pair.serverFrames() == [])
    #expect(pair.server.read(id, maximum: 1) == .data([1]))
    #expect(pair.serverFrames() == [.maxStreamData(id, 1500)])
    _ = pair.server.read(id)
    #expect(pair.serverFrames() == [.maxStreamData(id, 2000)])
  }

  @Test("a sender stops at the limits, says so once for each, and goes on when it is told more")
  func blocked() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    #expect(pair.client.write([UInt8](repeating: 1, count: 1500)[...], to: id) == .accepted(1500))
    let frames = pair.clientFrames()
    #expect(frames.last == .streamDataBlocked(id, limit: 1000))
    #expect(pair.client.write([1], to: id) == .accepted(1))
    #expect(pair.clientFrames() == [])
    pair.client.receive(Frame.maxStreamData(id, 1400).encoded, on: pair.clientConnection, now: .zero)
    guard case .stream(let piece)? = pair.clientFrames().first else {
      Issue.record("nothing was sent")
      return
    }
    #expect(piece.offset == 1000 && piece.data.count == 400)
  }

  @Test("unread bulk fills neither the peer's window nor the send buffer so far that a command does not get through")
  func controlGetsThrough() throws {
    let configuration = MachinePair.configuration {
      $0.sessionWindowBytes = 2000
      $0.sessionSendBytes = 4000
      $0.streamSendBytes = 1000
    }
    var pair = try MachinePair(client: configuration, server: configuration)
    for _ in 0..<3 {
      let bulk = try pair.openedByClient(priority: .bulk)
      _ = pair.client.write([UInt8](repeating: 1, count: 1000)[...], to: bulk)
    }
    pair.pump()
    #expect(pair.server.counters.streamBytesReceived == 1250, "bulk leaves three eighths")
    let control = try pair.openedByClient(priority: .control)
    for _ in 0..<20 {
      #expect(pair.client.write([UInt8](repeating: 2, count: 300)[...], to: control) == .accepted(300))
      pair.pump()
      #expect(pair.server.read(control) == .data([UInt8](repeating: 2, count: 300)))
      pair.now += .seconds(1)
      pair.server.tick(now: pair.now)
      pair.pump()
    }
  }

  @Test("a full send buffer takes what fits, and says when there is room again")
  func backpressure() throws {
    let configuration = MachinePair.configuration {
      $0.streamWindowBytes = 4000
      $0.streamSendBytes = 600
      $0.sessionSendBytes = 1000
    }
    var pair = try MachinePair(client: configuration, server: configuration)
    let id = try pair.openedByClient()
    pair.breakCarrier()
    #expect(pair.client.write([UInt8](repeating: 1, count: 700)[...], to: id) == .accepted(600))
    #expect(pair.client.write([1], to: id) == .accepted(0))
    #expect(pair.client.bufferedBytes == 600)
    _ = pair.client.takeActions()
    try pair.connect()
    pair.pump()
    #expect(
      pair.client.takeActions().contains(.writable(id)) == false, "received, but the acknowledgement waits for company")
    pair.now += .milliseconds(25)
    pair.server.tick(now: pair.now)
    pair.pump()
    #expect(pair.client.takeActions().contains(.writable(id)) == true)
    #expect(pair.client.write([UInt8](repeating: 1, count: 700)[...], to: id) == .accepted(600))
  }

  @Test("one end may be done while the other goes on; a stream is forgotten when both are")
  func halfClose() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient(.bidirectional)
    _ = pair.client.write(Array("question".utf8)[...], to: id)
    pair.client.finish(id)
    pair.pump()
    #expect(pair.client.write([1], to: id) == .over)
    #expect(pair.server.acceptStream() == id && pair.server.acceptStream() == nil)
    #expect(pair.server.read(id) == .data(Array("question".utf8)) && pair.server.read(id) == .end)
    _ = pair.server.write(Array("answer".utf8)[...], to: id)
    pair.server.finish(id)
    pair.pump()
    #expect(pair.client.read(id) == .data(Array("answer".utf8)) && pair.client.read(id) == .end)
    pair.now += .seconds(1)
    pair.client.tick(now: pair.now)
    pair.server.tick(now: pair.now)
    pair.pump()
    #expect(pair.client.streamCount == 0 && pair.server.streamCount == 0)
  }

  @Test("a reset drops what was not read and tells the reader its code")
  func reset() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    _ = pair.client.write(Array("abc".utf8)[...], to: id)
    pair.pump()
    pair.client.reset(id, code: 77)
    #expect(pair.client.bufferedBytes == 0)
    pair.pump()
    #expect(pair.server.read(id) == .reset(code: 77))
    #expect(pair.server.read(id) == .end && pair.server.streamCount == 0)
    #expect(pair.server.window.consumed == 3, "its bytes are credit again")
  }

  @Test("a reader that stops is answered with a reset, and what still comes costs nothing")
  func stopReading() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    _ = pair.client.write([UInt8](repeating: 1, count: 400)[...], to: id)
    pair.pump()
    _ = pair.client.write([UInt8](repeating: 1, count: 400)[...], to: id)
    let late = pair.clientBytes()
    pair.server.stopReading(id, code: 5)
    pair.server.receive(late, on: pair.serverConnection, now: .zero)
    pair.pump()
    #expect(pair.client.takeActions().contains(.stopped(id, code: 5)))
    #expect(pair.client.write([1], to: id) == .over)
    #expect(pair.server.streamCount == 0 && pair.server.window.consumed == 800)
  }

  @Test("places for streams come back when streams are over")
  func streamLimit() throws {
    var pair = try MachinePair()
    var ids: [StreamID] = []
    for _ in 0..<4 { ids.append(try pair.openedByClient()) }
    #expect(pair.client.openStream(.unidirectional) == .wait)
    #expect(pair.clientFrames().contains(.streamsBlocked(.unidirectional, limit: 4)))
    for id in ids.prefix(2) {
      pair.client.finish(id)
      pair.pump()
      #expect(pair.server.read(id) == .end)
    }
    pair.pump()
    #expect(pair.client.takeActions().contains(.canOpen(.unidirectional)))
    #expect(pair.client.openStream(.unidirectional) == .opened(StreamID(4, .unidirectional, openedBy: .client)))
  }

  @Test("a datagram goes once or not at all, and the newest stay when there are too many")
  func datagrams() throws {
    var pair = try MachinePair()
    #expect(
      pair.client.sendDatagram([UInt8](repeating: 1, count: 1198)) == false, "with its type and length it is too long")
    #expect(pair.client.sendDatagram([UInt8](repeating: 1, count: 1197)) == true)
    pair.pump()
    #expect(pair.server.nextDatagram()?.count == 1197)
    for number in 0..<100 { #expect(pair.client.sendDatagram([UInt8(number)]) == true) }
    pair.pump()
    #expect(pair.server.nextDatagram() == [36])
    #expect(pair.client.counters.datagramsDropped == 36)
    pair.now += .milliseconds(25)
    pair.server.tick(now: pair.now)
    pair.pump()
    #expect(pair.client.sendDatagram([1]) == true)
    _ = pair.clientBytes()
    pair.breakCarrier()
    #expect(pair.client.counters.datagramsDropped == 37)
  }

  @Test("an idle session sends nothing, and has no timer")
  func idle() throws {
    var pair = try MachinePair()
    pair.now += .seconds(3600)
    #expect(pair.client.deadline == nil && pair.server.deadline == nil)
    pair.client.tick(now: pair.now)
    #expect(pair.clientBytes() == [] && pair.serverBytes() == [])
  }

  @Test("with a keepalive a silent connection is pinged, and given up without the session when no answer comes")
  func keepalive() throws {
    let configuration = MachinePair.configuration {
      $0.keepalive = .seconds(30)
      $0.answerTimeout = .seconds(10)
    }
    var pair = try MachinePair(client: configuration)
    #expect(pair.client.deadline == .seconds(30))
    pair.now = .seconds(30)
    pair.client.tick(now: pair.now)
    pair.pump()
    pair.now += .milliseconds(25)
    pair.server.tick(now: pair.now)
    pair.pump()
    #expect(pair.client.deadline == pair.now + .seconds(30), "the answer counts")
    pair.now += .seconds(30)
    pair.client.tick(now: pair.now)
    #expect(pair.clientFrames() == [.ping])
    #expect(pair.client.deadline == pair.now + .seconds(10))
    pair.now += .seconds(10)
    pair.client.tick(now: pair.now)
    guard case .connectionEnded(pair.clientConnection, let reason)? = pair.client.takeActions().last else {
      Issue.record("the connection goes on")
      return
    }
    #expect(reason.leavesSessionAlive && pair.client.close == nil && !pair.client.isAttached)
  }

  @Test("data that nobody acknowledges ends the connection as well, without a keepalive")
  func unacknowledged() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    _ = pair.client.write([1], to: id)
    _ = pair.clientBytes()
    pair.now += .seconds(20)
    pair.client.tick(now: pair.now)
    #expect(!pair.client.isAttached && pair.client.close == nil)
  }
}
