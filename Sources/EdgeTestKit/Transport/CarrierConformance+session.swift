import EdgeTransport

extension CarrierConformance {
  static func credential(_ number: UInt64) throws -> SessionCredential {
    guard
      let credential = SessionCredential(id: SessionID(high: 77, low: number), secret: Array(repeating: 5, count: 32))
    else { throw ConformanceFailure("a secret of 32 bytes is refused") }
    return credential
  }

  static let sessionCases = [
    CarrierConformanceCase("streams of a session flow both ways over it, and its close reaches the peer with its code")
    {
      makePair in
      let pair = try await makePair()
      let directory = FramedSessionDirectory()
      let session = FramedSession(credential: try credential(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await session.run(on: pair.client) }
        group.addTask { await directory.serve(pair.server, principal: "conformance") }
        let accepted = try await directory.nextSession().session
        let stream = try await session.openStream()
        async let echo: Void = echo(on: accepted)
        async let sending: Void = send(pattern(from: 0, count: 2 << 20), on: stream)
        try await readPattern(2 << 20, on: stream)
        try await sending
        try await echo
        session.closeSession(code: 42, "done")
        try await group.waitForAll()
        try expectEqual(accepted.close?.reason, .application(42), "how the peer saw the session end")
      }
    },
    CarrierConformanceCase("a peer that has gone silent is given up after the stated time, and the session lives on") {
      makePair in
      let pair = try await makePair()
      var configuration = FramedSessionConfiguration()
      configuration.answerTimeout = .milliseconds(200)
      let session = FramedSession(credential: try credential(2), configuration: configuration)
      // Nobody reads at the other end: the link is half-open.
      let end = await session.run(on: pair.client)
      try expect(end.leavesSessionAlive, "\(end)")
      try expectEqual(session.close, nil, "the session's end")
      await pair.server.close()
    },
    CarrierConformanceCase("a session goes on over the next carrier after each break, with nothing lost or repeated") {
      makePair in
      let directory = FramedSessionDirectory()
      let session = FramedSession(credential: try credential(3))
      let total = 3 << 20
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for round in 0..<5 {
            let pair = try await makePair()
            try await withThrowingTaskGroup(of: Void.self) { group in
              group.addTask { await session.run(on: pair.client) }
              group.addTask { await directory.serve(pair.server, principal: "conformance") }
              if round < 4 {
                try await Task.sleep(for: .milliseconds(5 + 5 * round))
                await pair.breakLink()
              }
              try await group.waitForAll()
            }
          }
        }
        group.addTask {
          let accepted = try await directory.nextSession().session
          try await readPattern(total, on: try await accepted.acceptStream())
          // Before that the last carrier must not end.
          accepted.closeSession()
        }
        let stream = try await session.openStream(.unidirectional)
        try await send(pattern(from: 0, count: total), on: stream)
        try await group.waitForAll()
      }
    },
  ]

  private static func send(_ bytes: [UInt8], on stream: FramedStream) async throws {
    for start in stride(from: 0, to: bytes.count, by: 10_000) {
      try await stream.write(Array(bytes[start..<min(start + 10_000, bytes.count)]))
    }
    stream.finish()
  }

  private static func echo(on session: FramedSession) async throws {
    let stream = try await session.acceptStream()
    while let bytes = try await stream.read() { try await stream.write(bytes) }
    stream.finish()
  }

  private static func readPattern(_ total: Int, on stream: FramedStream) async throws {
    var read = 0
    while let bytes = try await stream.read() {
      try expect(bytes == pattern(from: read, count: bytes.count), "wrong bytes from \(read) on")
      read += bytes.count
    }
    try expectEqual(read, total, "the number of bytes")
  }
}
