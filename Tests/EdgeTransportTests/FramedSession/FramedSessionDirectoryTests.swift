import EdgePrimitives
import EdgeTestKit
import Synchronization
import Testing

@testable import EdgeTransport

@Suite("framed session directory")
struct FramedSessionDirectoryTests {
  private func credential(_ number: UInt64, secret: UInt8 = 9) throws -> SessionCredential {
    try #require(
      SessionCredential(id: SessionID(high: 5, low: number), secret: Array(repeating: secret, count: 32)))
  }

  /// Runs one connection of `session` against `directory` until `body` is done; then the link breaks.
  private func connected(
    _ session: FramedSession, _ directory: FramedSessionDirectory, as principal: String = "edge-1",
    _ body: @Sendable () async throws -> Void
  ) async throws {
    let (near, far) = InMemoryFrameCarrier.pair()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await session.run(on: near) }
      group.addTask { await directory.serve(far, principal: principal) }
      try await body()
      near.breakLink()
      try await group.waitForAll()
    }
  }

  private func refusal(_ session: FramedSession, _ directory: FramedSessionDirectory, as principal: String) async
    -> SessionClose?
  {
    let (near, far) = InMemoryFrameCarrier.pair()
    async let served = directory.serve(far, principal: principal)
    await session.run(on: near)
    _ = await served
    return session.close
  }

  @Test("a session is resumed only with its secret and by its principal; others learn nothing, and disturb nothing")
  func strangers() async throws {
    let directory = FramedSessionDirectory()
    let session = FramedSession(credential: try credential(1))
    try await connected(session, directory) {
      let stream = try await session.openStream()
      try await stream.write([1])
      let accepted = try await directory.nextSession()
      #expect(accepted.principal == "edge-1")
      let wrongSecret = FramedSession(credential: try credential(1, secret: 8))
      let wrongName = FramedSession(credential: try credential(1))
      for (stranger, principal) in [(wrongSecret, "edge-1"), (wrongName, "edge-2")] {
        let reason = await refusal(stranger, directory, as: principal)
        #expect(reason?.reason == .transport(.sessionUnknown, frameType: 0))
      }
      #expect(accepted.session.isAttached && directory.count == 1)
      #expect(try await accepted.session.acceptStream().read() == [1])
    }
  }

  @Test("a principal has so many sessions; its oldest without a connection gives way, another's never does")
  func sessionsOfOne() async throws {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.maximumSessionsPerPrincipal = 2
    let directory = FramedSessionDirectory(configuration: configuration)
    let other = FramedSession(credential: try credential(9))
    try await connected(other, directory, as: "edge-2") { _ = try await other.openStream() }
    let sessions = try (1...3).map { FramedSession(credential: try credential($0)) }
    for session in sessions { try await connected(session, directory) { _ = try await session.openStream() } }
    #expect(directory.count == 3)
    // The first is forgotten, the others and the other node's go on.
    #expect(await refusal(sessions[0], directory, as: "edge-1")?.reason == .transport(.sessionUnknown, frameType: 0))
    for (session, principal) in [(sessions[1], "edge-1"), (sessions[2], "edge-1"), (other, "edge-2")] {
      try await connected(session, directory, as: principal) {
        let stream = try await session.openStream()
        try await stream.write([1])
        try await session.flush()
      }
    }
    // While all are connected a further one is refused.
    try await connected(sessions[1], directory) {
      try await connected(sessions[2], directory) {
        for session in sessions[1...] { while !session.isAttached { try await Task.sleep(for: .milliseconds(1)) } }
        let further = FramedSession(credential: try credential(4))
        let reason = await refusal(further, directory, as: "edge-1")
        #expect(reason?.reason == .transport(.connectionRefused, frameType: 0))
      }
    }
    var waiting: [FramedSession] = []
    for _ in 0..<3 { waiting.append(try await directory.nextSession().session) }
    #expect(waiting.allSatisfy { $0.close == nil })
  }

  @Test("a session that the server does not know cannot be resumed, and its client is told")
  func unknown() async throws {
    let session = FramedSession(credential: try credential(2))
    try await connected(session, FramedSessionDirectory()) { _ = try await session.openStream() }
    #expect(session.close == nil)
    let reason = await refusal(session, FramedSessionDirectory(), as: "edge-1")
    #expect(reason?.reason == .transport(.sessionUnknown, frameType: 0))
    await #expect(throws: TransportError.self) { _ = try await session.openStream() }
  }

  @Test("more sessions than allowed are refused; those that are there go on")
  func full() async throws {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.maximumSessions = 1
    let directory = FramedSessionDirectory(configuration: configuration)
    let session = FramedSession(credential: try credential(3))
    try await connected(session, directory) {
      _ = try await session.openStream()
      let reason = await refusal(FramedSession(credential: try credential(4)), directory, as: "edge-1")
      #expect(reason?.reason == .transport(.connectionRefused, frameType: 0))
    }
    try await connected(session, directory) { _ = try await session.openStream() }
  }

  @Test("a carrier that brings no greeting, or something else, is closed in time")
  func badGreetings() async throws {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.greetingTimeout = .milliseconds(50)
    let directory = FramedSessionDirectory(configuration: configuration)
    for (bytes, code) in [
      ([UInt8](), nil), ([0x01], FramingErrorCode.protocolViolation), ([0x18], .frameEncodingError),
      (Array("GET / HTTP/1.1\r\n".utf8), .frameEncodingError), ([0xBA, 0x7C, 0x51], nil),
      (MalformedFrameTests.greeting([2]), .versionUnsupported),
      (MalformedFrameTests.greeting([1] + MalformedFrameTests.id + [0, 0]), .sessionUnknown),
    ] {
      let (near, far) = InMemoryFrameCarrier.pair()
      try await near.send(bytes)
      await directory.serve(far, principal: "edge-1")
      let answer = try await near.receive()
      guard let code else {
        #expect(answer == nil, "\(bytes)")
        continue
      }
      guard case .connectionClose(let close)? = readFrames(answer ?? [], pieces: { 1000 }).frames.first,
        case .transport(code, _) = close.reason
      else {
        Issue.record("\(bytes) is answered by \(answer ?? [])")
        continue
      }
    }
    #expect(directory.count == 0)
  }

  @Test("a session whose client stays away is ended by the directory, and whoever waits on it is told")
  func expires() async throws {
    var configuration = FramedSessionDirectory.Configuration()
    configuration.session.detachedLifetime = .milliseconds(100)
    let directory = FramedSessionDirectory(configuration: configuration)
    let session = FramedSession(credential: try credential(6))
    try await connected(session, directory) { _ = try await session.openStream() }
    let accepted = try await directory.nextSession().session
    let running = Task { await directory.run() }
    let error = await #expect(throws: TransportError.self) { try await accepted.acceptStream().read() }
    #expect(error?.code == .timedOut)
    while directory.count > 0 { try await Task.sleep(for: .milliseconds(5)) }
    running.cancel()
    await running.value
  }

  @Test("FF-02: a newer connection of a session ends the older one, which ends nothing else")
  func takeover() async throws {
    let directory = FramedSessionDirectory()
    let session = FramedSession(credential: try credential(7))
    let (oldNear, oldFar) = InMemoryFrameCarrier.pair()
    let (near, far) = InMemoryFrameCarrier.pair()
    async let oldServed = directory.serve(oldFar, principal: "edge-1")
    async let old = session.run(on: oldNear)
    let stream = try await session.openStream()
    try await stream.write(Array("before".utf8))
    try await session.flush()
    async let served = directory.serve(far, principal: "edge-1")
    async let new = session.run(on: near)
    guard case .closed(let reason) = await old, reason.leavesSessionAlive else {
      Issue.record("the older connection was not replaced")
      return
    }
    _ = await oldServed
    try await stream.write(Array(" after".utf8))
    stream.finish()
    let accepted = try await directory.nextSession().session.acceptStream()
    var text: [UInt8] = []
    while let bytes = try await accepted.read() { text += bytes }
    #expect(String(decoding: text, as: UTF8.self) == "before after")
    session.closeSession()
    _ = await (served, new)
    #expect(directory.count == 0)
  }

  @Test("a cancelled run ends its connection, and a cancelled wait says so")
  func cancellation() async throws {
    let directory = FramedSessionDirectory()
    let session = FramedSession(credential: try credential(8))
    let (near, far) = InMemoryFrameCarrier.pair()
    async let served = directory.serve(far, principal: "edge-1")
    let running = Task { await session.run(on: near) }
    let stream = try await session.openStream()
    let reading = Task { try await stream.read() }
    reading.cancel()
    await #expect(throws: TransportError.self) { try await reading.value }
    running.cancel()
    guard case .lost = await running.value else {
      Issue.record("a cancelled connection went on")
      return
    }
    _ = await served
    #expect(session.close == nil && !session.isAttached && directory.count == 1)
  }

  @Test("a carrier that takes one byte at a time and holds few slows writers down and loses nothing")
  func smallCarrier() async throws {
    let directory = FramedSessionDirectory()
    let session = FramedSession(credential: try credential(9))
    let (near, far) = InMemoryFrameCarrier.pair(capacityBytes: 16, maximumPieceBytes: 1)
    async let served = directory.serve(far, principal: "edge-1")
    async let running = session.run(on: near)
    let stream = try await session.openStream(.unidirectional, priority: .bulk)
    let bytes = (0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try await stream.write(bytes)
    stream.finish()
    let accepted = try await directory.nextSession().session.acceptStream()
    var read: [UInt8] = []
    while let piece = try await accepted.read(maximum: 100) { read += piece }
    #expect(read == bytes)
    session.closeSession()
    _ = await (served, running)
  }

  @Test("FF-23: a session whose carriers fail or break makes new ones of any kind, and streams go on over each")
  func reconnects() async throws {
    let directory = FramedSessionDirectory()
    let session = FramedSession(credential: try credential(10))
    let attempts = Attempts()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let backoff = Backoff(base: .milliseconds(2), cap: .milliseconds(4), minimum: .milliseconds(1))
        let end = await session.run(backoff: backoff) { () async throws(TransportError) -> any FrameCarrier in
          let number = attempts.next()
          guard number % 2 == 0 else { throw TransportError(code: .unreachable, message: "nobody there") }
          let (near, far) = InMemoryFrameCarrier.pair(capacityBytes: 1000 * number, maximumPieceBytes: 100 * number)
          Task { await directory.serve(far, principal: "edge-1") }
          if number < 6 {
            Task {
              try await Task.sleep(for: .milliseconds(10))
              near.breakLink()
            }
          }
          return near
        }
        #expect(end?.reason == .application(3))
      }
      let stream = try await session.openStream(.unidirectional)
      try await stream.write([0])
      let accepted = try await directory.nextSession().session.acceptStream()
      #expect(try await accepted.read(maximum: 1) == [0])
      for number in UInt8(1)..<60 {
        try await stream.write([number])
        #expect(try await accepted.read(maximum: 1) == [number])
        try await Task.sleep(for: .milliseconds(1))
      }
      while attempts.count < 6 { try await Task.sleep(for: .milliseconds(1)) }
      session.closeSession(code: 3)
      try await group.waitForAll()
    }
  }

  private final class Attempts: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func next() -> Int {
      value.withLock { value in
        value += 1
        return value
      }
    }
  }
}
