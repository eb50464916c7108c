#if Networking
import NIOCore
import Synchronization
import Testing

@testable import EdgeGRPC

/// Says numbers, four bytes each and as many more as are asked for, from 0 on up to a limit that can be raised.
private final class Numbers: GRPCMessageSource {
  private struct State {
    var next = 0
    var limit: Int
    var drain: GRPCMessageDrain?
  }
  private let state: Mutex<State>
  private let padding: Int

  init(limit: Int, padding: Int = 0) {
    state = Mutex(State(limit: limit))
    self.padding = padding
  }

  var said: Int { state.withLock { $0.next } }
  func begin(_ drain: GRPCMessageDrain) {
    state.withLock { $0.drain = drain }
    drain.draw(from: self)
    drain.wake()
  }

  func raise(to limit: Int) {
    let drain = state.withLock { state in
      state.limit = limit
      return state.drain
    }
    drain?.wake()
  }

  func fill(_ batch: inout GRPCMessageBatch) -> Bool {
    state.withLock { state in
      while !batch.isFull, state.next < state.limit {
        batch.append(reserving: 4 + padding) {
          $0.writeInteger(UInt32(state.next))
          $0.writeRepeatingByte(7, count: padding)
        }
        state.next += 1
      }
      return state.next < state.limit
    }
  }
}

/// Bytes 0, 1, 2 ... in pieces of all sizes.
private struct Bytes: GRPCMessagePieces {
  let byteCount: Int
  var next = 0
  var step = 1

  init(_ byteCount: Int) { self.byteCount = byteCount }

  mutating func appendPiece(to buffer: inout ByteBuffer, target: Int) {
    let count = min(step, byteCount - next)
    buffer.writeBytes((next..<(next + count)).lazy.map { UInt8(truncatingIfNeeded: $0) })
    next += count
    step = step * 3 % 100_000 + 100
  }
}

@Suite struct SourceTests {
  private let log = Echo.Log()
  private static let numbers = Echo.method("Numbers")
  private static let news = Echo.method("News")

  private func services(_ source: Numbers) -> GRPCServices {
    var services = Echo.services(log)
    services.drawing(Self.numbers) { requests, drain, _ in
      source.begin(drain)
      while try await requests.next() != nil {}
    }
    services.immediate(Self.news, answersBehindSources: true) { request, reply in reply.succeed(request) }
    return services
  }

  @Test("A source is asked while its stream has room and not before: a client that reads nothing costs a turn")
  func room() async throws {
    let source = Numbers(limit: 4_000, padding: (16 << 10) - 4)
    try await Echo.withServer(services(source), configuration: .with { _ in }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 128 << 10 })
      try await connection.streaming(Self.numbers) { stream in
        try await Task.sleep(for: .milliseconds(300))
        // 128 KiB of window are 8 messages, a turn 4 and the one that fills it.
        #expect(source.said > 0 && source.said <= 14)
        #expect(try await connection.unary(Echo.immediate, [3]) == [3])
        for number in 0..<4_000 {
          let message = try #require(try await stream.responses.next())
          #expect(message.count == 16 << 10)
          #expect(message.prefix(4).reduce(0) { $0 << 8 | Int($1) } == number)
        }
      }
      await connection.close()
    }
  }

  @Test("A source that has said everything is asked again when it is woken")
  func waking() async throws {
    let source = Numbers(limit: 0)
    try await Echo.withServer(services(source), configuration: .with { _ in }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { _ in })
      try await connection.streaming(Self.numbers) { stream in
        for number in 0..<200 {
          source.raise(to: number + 1)
          let message = try await stream.responses.next()
          #expect(message == [0, 0, 0, UInt8(number)])
        }
      }
      await connection.close()
    }
  }

  @Test("Answers that are behind news are not held for long, nor again for a client that does not read the news")
  func unread() async throws {
    let source = Numbers(limit: .max, padding: 1_000)
    try await Echo.withServer(services(source), configuration: .with { _ in }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 128 << 10 })
      try await connection.streaming(Self.numbers) { stream in
        _ = try await stream.responses.next()
        try await Task.sleep(for: .milliseconds(50))
        let began = ContinuousClock.now
        for _ in 0..<200 { #expect(try await connection.unary(Self.news, [3]) == [3]) }
        // Held each for itself they would take 4 s.
        #expect(ContinuousClock.now - began < .seconds(3))
      }
      await connection.close()
    }
  }

  @Test("Answers that are behind news come all the same while the news never end")
  func endless() async throws {
    let source = Numbers(limit: .max, padding: 1_000)
    try await Echo.withServer(services(source), configuration: .with { _ in }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 128 << 10 })
      try await connection.streaming(Self.numbers) { stream in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            var number = 0
            while let message = try await stream.responses.next() {
              #expect(message.prefix(4).reduce(0) { $0 << 8 | Int($1) } == number)
              number += 1
            }
          }
          for _ in 0..<20 {
            let answer = try await connection.unary(Self.news, [3])
            #expect(answer == [3])
          }
          group.cancelAll()
        }
      }
      await connection.close()
    }
  }

  @Test(
    "A response that is made in pieces arrives whole, whatever its size", arguments: [1, 6, 65_531, 65_536, 600_000])
  func pieces(size: Int) async throws {
    var services = Echo.services(log)
    services.immediate(Self.news) { _, reply in reply.succeed(inPieces: Bytes(size)) }
    try await Echo.withServer(services, configuration: .with { _ in }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 64 << 10 })
      async let first = connection.unary(Self.news, [])
      async let second = connection.unary(Self.news, [])
      let expected = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      let answers = try await [first, second]
      #expect(answers[0] == expected && answers[1] == expected)
      await connection.close()
    }
  }
}
#endif
