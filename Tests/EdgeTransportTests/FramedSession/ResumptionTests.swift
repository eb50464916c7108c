import Testing

@testable import EdgeTransport

@Suite("resumption of framed sessions")
struct ResumptionTests {
  @Test("FF-01: after a break a stream goes on from what was received, nothing is repeated to its reader")
  func goesOn() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    _ = pair.client.write(Array("received".utf8)[...], to: id)
    pair.server.receive(pair.clientBytes(), on: pair.serverConnection, now: .zero)
    _ = pair.client.write(Array(" lost".utf8)[...], to: id)
    _ = pair.clientBytes()
    _ = pair.client.write(Array(" unsent".utf8)[...], to: id)
    pair.client.finish(id)
    pair.breakCarrier()
    #expect(pair.client.bufferedBytes == 20, "nothing was acknowledged")
    try pair.connect()
    guard case .resume(let answer)? = pair.serverFrames().first else {
      Issue.record("no resumption")
      return
    }
    #expect(answer.streams == [.init(id: id, received: 8, maxData: 1000)] && answer.openedUnidirectional == 1)
    pair.client.receive(Frame.resume(answer).encoded, on: pair.clientConnection, now: .zero)
    #expect(pair.client.takeActions().contains(.resumed))
    #expect(pair.clientFrames() == [.stream(2, at: 8, " lost unsent", isFinal: true)])
    #expect(pair.client.counters.streamBytesRepeated == 5)
  }

  @Test("a stream that was received to its end is not sent again, though its acknowledgement was lost")
  func completed() throws {
    var pair = try MachinePair()
    let id = try pair.openedByClient()
    _ = pair.client.write(Array("all".utf8)[...], to: id)
    pair.client.finish(id)
    pair.server.receive(pair.clientBytes(), on: pair.serverConnection, now: .zero)
    pair.breakCarrier()
    try pair.connect()
    pair.pump()
    #expect(pair.client.streamCount == 0 && pair.client.bufferedBytes == 0)
    #expect(pair.server.read(id) == .data(Array("all".utf8)) && pair.server.read(id) == .end)
  }

  @Test("resets, stops and classes that were in flight are said again")
  func controls() throws {
    var pair = try MachinePair()
    let reset = try pair.openedByClient(priority: .bulk)
    let stopped = try pair.openedByClient(.bidirectional, priority: .control)
    _ = pair.client.write([1], to: reset)
    pair.client.reset(reset, code: 3)
    pair.client.stopReading(stopped, code: 4)
    #expect(pair.clientFrames().count == 4)
    pair.breakCarrier()
    try pair.connect()
    pair.pump()
    #expect(pair.server.read(reset) == .reset(code: 3))
    #expect(pair.server.takeActions().contains(.stopped(stopped, code: 4)))
    #expect(pair.server.priority(of: stopped) == .control)
  }

  @Test("a client that saw no answer to its greeting greets again, and nothing that the server had sent is lost")
  func secondHello() throws {
    var pair = try MachinePair(connects: false)
    try pair.connect()
    guard case .opened(let id) = pair.server.openStream(.unidirectional) else { throw MachinePair.NotConnected() }
    _ = pair.server.write(Array("early".utf8)[...], to: id)
    _ = pair.serverBytes()
    pair.breakCarrier()
    try pair.connect()
    pair.pump()
    #expect(pair.client.read(id) == .data(Array("early".utf8)))
  }

  @Test("a client that has lost what it knew is not let into the old session")
  func restartedClient() throws {
    var pair = try MachinePair()
    pair.inject([.ping])
    let credential = try #require(MachinePair.credential)
    let hello = SessionHello(
      id: credential.id, secret: credential.secret, attempt: 9, parameters: SessionParameters())
    let error = #expect(throws: FramingError.self) {
      try pair.server.attach(.hello(hello), reader: FrameReader(maximumFrameBytes: 2000), now: .zero)
    }
    #expect(error?.code == .sessionUnknown && pair.server.isAttached && pair.server.close == nil)
  }

  @Test("FF-02: a newer connection takes over; the older one is told so, and its late bytes and end touch nothing")
  func takeover() throws {
    var pair = try MachinePair()
    let (oldClient, oldServer) = (pair.clientConnection, pair.serverConnection)
    let id = try pair.openedByClient()
    _ = pair.client.write(Array("abc".utf8)[...], to: id)
    let late = pair.clientBytes()
    try pair.connect()
    #expect(pair.serverConnection > oldServer)
    guard case .connectionEnded(oldServer, let reason)? = pair.server.takeActions().first else {
      Issue.record("the older connection goes on")
      return
    }
    #expect(reason.reason == .transport(.sessionTakenOver, frameType: 0))
    var bytes: [UInt8] = []
    #expect(pair.server.write(on: oldServer, into: &bytes, now: .zero) == .last)
    guard case .connectionClose(let close)? = readFrames(bytes, pieces: { 100 }).frames.first else {
      Issue.record("the older connection is told nothing")
      return
    }
    #expect(close.leavesSessionAlive)
    pair.server.receive(late, on: oldServer, now: .zero)
    pair.client.receive(bytes, on: oldClient, now: .zero)
    pair.server.connectionLost(oldServer, now: .zero)
    pair.client.connectionLost(oldClient, now: .zero)
    pair.pump()
    #expect(pair.server.isAttached && pair.client.isAttached)
    #expect(pair.server.read(id) == .data(Array("abc".utf8)))
  }

  @Test("a greeting that was overtaken by a newer one is refused, and disturbs nothing")
  func overtaken() throws {
    var pair = try MachinePair()
    try pair.attachClient()
    let slow = pair.clientBytes()
    try pair.connect()
    let newest = pair.serverConnection
    let error = #expect(throws: FramingError.self) { try pair.greet(with: slow) }
    #expect(error?.code == .sessionTakenOver && pair.serverConnection == newest)
    pair.pump()
    #expect(pair.server.isAttached && pair.client.isAttached)
  }

  /// The server has received 3 bytes of stream 2, has sent 3 on its stream 3 and holds the acknowledgement of 2.
  static let forgeries: [(String, @Sendable (inout SessionResumption) -> Void, FramingErrorCode)] = [
    ("more was received than sent", { $0.streams[0].received = 4 }, .protocolViolation),
    ("less was received than acknowledged", { $0.streams[0].received = 1 }, .protocolViolation),
    ("a stream without an end was received to its end", { $0.streams = [] }, .protocolViolation),
    ("more streams were seen than opened", { $0.openedUnidirectional = 2 }, .protocolViolation),
    (
      "a stream that was never opened",
      { $0.streams.append(.init(id: StreamID(rawValue: 7), received: 0, maxData: 0)) }, .protocolViolation
    ),
    (
      "data of a stream that only the client sends",
      { $0.streams.insert(.init(id: StreamID(rawValue: 2), received: 0, maxData: 0), at: 0) }, .protocolViolation
    ),
    (
      "received bytes of a stream that nobody knows",
      { $0.streams.insert(.init(id: StreamID(rawValue: 0), received: 1, maxData: 0), at: 0) }, .protocolViolation
    ),
    (
      "a stream over the limit",
      { $0.streams.append(.init(id: StreamID(rawValue: 16), received: 0, maxData: 0)) }, .streamLimitError
    ),
  ]

  @Test("a resumption that cannot be true ends the session: bytes would be lost or made up", arguments: forgeries)
  func forged(
    _ name: String, _ forge: @Sendable (inout SessionResumption) -> Void, _ code: FramingErrorCode
  ) throws {
    var pair = try MachinePair()
    pair.inject([.stream(2, "abc")])
    guard case .opened(let id) = pair.server.openStream(.unidirectional) else { throw MachinePair.NotConnected() }
    _ = pair.server.write([1, 2], to: id)
    _ = pair.serverBytes()
    pair.inject([.acknowledgement(Acknowledgement(largest: 0, firstRange: 0))])
    _ = pair.server.write([3], to: id)
    _ = pair.serverBytes()
    let credential = try #require(MachinePair.credential)
    var resumption = SessionResumption(
      id: credential.id, secret: credential.secret, attempt: 2, maxData: 4000, maxStreamsBidirectional: 4,
      maxStreamsUnidirectional: 4, openedBidirectional: 0, openedUnidirectional: 1,
      streams: [.init(id: id, received: 2, maxData: 1000)])
    let reader = FrameReader(maximumFrameBytes: 2000)
    var honest = pair.server
    _ = try honest.attach(.resume(resumption), reader: reader, now: .zero)
    #expect(honest.close == nil)
    forge(&resumption)
    let number = try pair.server.attach(.resume(resumption), reader: reader, now: .zero) ?? 0
    guard case .transport(code, _)? = pair.server.close?.reason else {
      Issue.record("\(name): \(String(describing: pair.server.close))")
      return
    }
    var bytes: [UInt8] = []
    #expect(pair.server.write(on: number, into: &bytes, now: .zero) == .last && !bytes.isEmpty)
  }

  @Test("a session without a connection expires after the shorter of both times, not before")
  func expiry() throws {
    let short = MachinePair.configuration { $0.detachedLifetime = .seconds(60) }
    let long = MachinePair.configuration { $0.detachedLifetime = .seconds(90) }
    var pair = try MachinePair(client: long, server: short)
    pair.now = .seconds(1000)
    pair.breakCarrier()
    for machine in [pair.client, pair.server] {
      #expect(machine.deadline == .seconds(1060))
      var machine = machine
      machine.tick(now: .milliseconds(1_059_999))
      #expect(machine.close == nil)
      machine.tick(now: .seconds(1060))
      #expect(machine.close?.reason == .transport(.sessionExpired, frameType: 0))
      #expect(machine.takeActions().contains { if case .closed = $0 { true } else { false } })
    }
    pair.now = .seconds(1060)
    #expect(pair.client.attach(now: pair.now) == nil)
  }

  @Test("an end that gives a connection up keeps the session, and so does its peer")
  func detach() throws {
    var pair = try MachinePair()
    pair.server.detach(now: .zero)
    let last = pair.serverBytes()
    pair.client.receive(last, on: pair.clientConnection, now: .zero)
    #expect(!pair.client.isAttached && pair.client.close == nil && pair.server.close == nil)
    try pair.connect()
    pair.pump()
    #expect(pair.client.isAttached && pair.server.isAttached)
  }

  @Test("an application's close reaches the peer with its number and text")
  func close() throws {
    var pair = try MachinePair()
    let reason = SessionClose(.application(12), "enough")
    pair.client.closeSession(reason)
    pair.server.receive(pair.clientBytes(), on: pair.serverConnection, now: .zero)
    #expect(pair.client.close == reason && pair.server.close == reason)
  }
}
