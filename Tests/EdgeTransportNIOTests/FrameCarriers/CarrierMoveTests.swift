#if Networking
import EdgePrimitives
import EdgeTransport
import Testing

@testable import EdgeTransportNIO

@Suite("sessions that move between carriers", .serialized, .timeLimit(.minutes(1)))
struct CarrierMoveTests {
  /// Bytes that show where they belong: numbered lines, which a compressor shrinks.
  private static func lines(_ stream: Int, count: Int) -> [UInt8] {
    (0..<count).flatMap { Array(#"{"stream":\#(stream),"line":\#($0),"kind":"Pod","apiVersion":"v1"}"#.utf8) + [0x0A] }
  }

  private static func read(_ stream: FramedStream) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try await stream.read() { all += bytes }
    return all
  }

  @Test(
    "FF-01: in the middle of a transfer a session goes from WebSocket to TLS, to another address and back; nothing is lost or repeated",
    arguments: [nil, FrameCompression.kubernetes])
  func moves(_ compression: FrameCompression?) async throws {
    let streams = 4
    let payloads = (0..<streams).map { Self.lines($0, count: 8000) }
    var configuration = FramedSessionService.defaultConfiguration
    configuration.session.compression = compression
    let sessionConfiguration = configuration.session
    let service = FramedSessionService(configuration: configuration, logger: TestHub.logger)
    let kinds = Shared<[String]>([])
    let setup = FrameHarness.Setup(serve: { carrier, node in
      kinds.withLock { $0.append("\(type(of: carrier))") }
      await service.serve(carrier, of: node)
    })
    try await FrameHarness.with(setup) { harness in
      let session = FramedSession(credential: try FrameHarness.credential(1), configuration: sessionConfiguration)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        // The server's application sends everything back.
        tasks.addTask {
          await service.run { session, _ in
            await withDiscardingTaskGroup { echoes in
              while let stream = try? await session.acceptStream() {
                echoes.addTask {
                  while let bytes = try? await stream.read() { try? await stream.write(bytes) }
                  stream.finish()
                }
              }
            }
          }
        }
        // Carriers: each is cut, given up, or simply followed by the next one, of the other kind and at another address.
        let isDone = Shared(false)
        tasks.addTask {
          var round = 0
          while !isDone.withLock({ $0 }) {
            let carrier = try await harness.connect(FrameHarness.Kind.allCases[round % 2])
            let next = Task { await session.run(on: carrier) }
            try await Task.sleep(for: .milliseconds(25))
            if isDone.withLock({ $0 }) {
              _ = await next.value
              break
            }
            switch round % 3 {
            case 0: await FrameHarness.cut(carrier)
            case 1: session.detach()
            default: break
            }
            round += 1
          }
        }
        try await withThrowingTaskGroup(of: Void.self) { transfers in
          for payload in payloads {
            transfers.addTask {
              let stream = try await session.openStream()
              async let received = Self.read(stream)
              for start in stride(from: 0, to: payload.count, by: 50_000) {
                try await stream.write(Array(payload[start..<min(start + 50_000, payload.count)]))
                try await Task.sleep(for: .milliseconds(10))
              }
              stream.finish()
              let isSame = try await received == payload
              #expect(isSame)
            }
          }
          try await transfers.waitForAll()
        }
        isDone.withLock { $0 = true }
        session.closeSession()
        try await tasks.next()
        tasks.cancelAll()
      }
      let counters = session.counters
      let total = UInt64(payloads.reduce(0) { $0 + $1.count })
      #expect(counters.resumptions >= 2 && counters.streamBytesSent == total)
      #expect(counters.streamBytesReceived == total)
      #expect(compression == nil ? counters.bytesSaved == 0 : counters.bytesSaved > total)
      #expect(Set(kinds.withLock { $0 }) == ["WebSocketFrameCarrier", "TLSFrameCarrier"])
      #expect(service.statistics.carriersLost > 0 && service.statistics.carriersClosed[.protocolViolation] == nil)
    }
  }

  @Test(
    "one hub serves framed sessions and KubeEdge's edges; messages pass on both, and a session's messages move with it")
  func bothKinds() async throws {
    let service = FramedSessionService(logger: TestHub.logger)
    try await FrameHarness.with(FrameHarness.Setup(serve: { await service.serve($0, of: $1) })) { harness in
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          await service.run { session, node in
            guard let connection = try? await session.acceptMessageConnection() else { return }
            do {
              for try await message in connection.inbound {
                var answer = message
                answer.route.source = node.rawValue
                try await connection.send(answer)
              }
            } catch {}
          }
        }
        let plain = try await harness.hub.client("plain").connect()
        try await plain.send(message("by KubeEdge"))
        var plainAnswers = plain.inbound.makeAsyncIterator()
        #expect(try await plainAnswers.next()?.id == "by KubeEdge")

        let session = FramedSession(credential: try FrameHarness.credential(4))
        let first = try await harness.connect(.webSocket, "framed")
        let running = Task { await session.run(on: first) }
        let connection = try await session.openMessageConnection()
        var answers = connection.inbound.makeAsyncIterator()
        try await connection.send(message("one"))
        #expect(try await answers.next()?.route.source == "framed")
        await FrameHarness.cut(first)
        _ = await running.value
        try await connection.send(message("two"))
        let second = try await harness.connect(.tls, "framed")
        let again = Task { await session.run(on: second) }
        #expect(try await answers.next()?.id == "two")
        try await plain.send(message("still by KubeEdge"))
        #expect(try await plainAnswers.next()?.id == "still by KubeEdge")
        session.closeSession()
        _ = await again.value
        await plain.close()
        #expect(await soon { service.statistics.carriers == 0 && service.statistics.sessions == 0 })
        tasks.cancelAll()
      }
    }
  }
}
#endif
