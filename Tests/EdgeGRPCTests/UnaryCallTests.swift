#if Networking
import EdgeGRPC
import NIOCore
import NIOHPACK
import Testing

@Suite struct UnaryCallTests {
  let log = Echo.Log()

  @Test("A unary call is answered with what its handler returns, however the handler works")
  func echoes() async throws {
    try await Echo.withServer(Echo.services(log)) { port, _ in
      let connection = try await Echo.connect(port)
      for method in [Echo.immediate, Echo.later, Echo.unary] {
        for size in [0, 1, 100, 16_384, 300_000] {
          let message = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
          #expect(try await connection.unary(method, message) == message)
        }
      }
      await connection.close()
    }
  }

  @Test("Many calls share one connection, each with its own answer")
  func concurrent() async throws {
    try await Echo.withServer(Echo.services(log)) { port, _ in
      let connection = try await Echo.connect(port)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask {
            let method = [Echo.immediate, Echo.later, Echo.unary][number % 3]
            let message = Array("call \(number)".utf8)
            let answer = try await connection.unary(method, message)
            #expect(answer == message)
          }
        }
        try await group.waitForAll()
      }
      await connection.close()
    }
  }

  @Test("A handler's status arrives with its code and its message, whatever characters it has")
  func statuses() async throws {
    try await Echo.withServer(Echo.services(log)) { port, _ in
      let connection = try await Echo.connect(port)
      for text in ["etcdserver: mvcc: required revision has been compacted", "100 % \u{1F980}\nline", ""] {
        let error = await #expect(throws: GRPCCallError.self) {
          try await connection.unary(Echo.failing, Array(text.utf8))
        }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message == text)
        #expect(error?.effect == .answered)
      }
      await connection.close()
    }
  }

  @Test("Unknown services and methods are UNIMPLEMENTED")
  func unknown() async throws {
    try await Echo.withServer(Echo.services(log)) { port, _ in
      let connection = try await Echo.connect(port)
      let cases = [
        ("test.Echo", "Nothing", "unknown method Nothing for service test.Echo"),
        ("test.Other", "Nothing", "unknown service test.Other"),
      ]
      for (service, name, message) in cases {
        let method = GRPCMethod<[UInt8], [UInt8]>(service: service, name: name, request: .bytes, response: .bytes)
        let error = await #expect(throws: GRPCCallError.self) { try await connection.unary(method, [1]) }
        #expect(error?.code == .unimplemented)
        #expect(error?.message == message)
      }
      await connection.close()
    }
  }

  @Test("A request beyond the server's limit is RESOURCE_EXHAUSTED and the connection lives on")
  func requestTooLarge() async throws {
    try await Echo.withServer(Echo.services(log), configuration: .with { $0.maximumMessageBytes = 1_000 }) { port, _ in
      let connection = try await Echo.connect(port)
      #expect(try await connection.unary(Echo.immediate, [UInt8](repeating: 1, count: 1_000)).count == 1_000)
      let error = await #expect(throws: GRPCCallError.self) {
        try await connection.unary(Echo.immediate, [UInt8](repeating: 1, count: 3_000_000))
      }
      #expect(error?.code == .resourceExhausted)
      #expect(try await connection.unary(Echo.immediate, [5]) == [5])
      await connection.close()
    }
  }

  @Test("A response beyond the client's limit is RESOURCE_EXHAUSTED and the connection lives on")
  func responseTooLarge() async throws {
    try await Echo.withServer(Echo.services(log)) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.maximumMessageBytes = 1_000 })
      let error = await #expect(throws: GRPCCallError.self) {
        try await connection.unary(Echo.immediate, [UInt8](repeating: 1, count: 2_000))
      }
      #expect(error?.code == .resourceExhausted)
      #expect(try await connection.unary(Echo.immediate, [5]) == [5])
      await connection.close()
    }
  }

  @Test("A deadline ends the call on both sides")
  func deadline() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      let error = await #expect(throws: GRPCCallError.self) {
        try await connection.unary(Echo.forever, [], options: .init(timeout: .milliseconds(100)))
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(await log.reached("forever cancelled"))
      await connection.close()
    }
  }

  @Test("Cancelling the caller's task cancels the handler")
  func cancellation() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      let call = Task { try await connection.unary(Echo.forever, []) }
      #expect(await log.reached("forever began"))
      call.cancel()
      let error = await #expect(throws: GRPCCallError.self) { try await call.value }
      #expect(error?.code == .cancelled)
      #expect(await log.reached("forever cancelled"))
      await connection.close()
    }
  }

  @Test("A client that goes away cancels the handlers it has left")
  func disconnect() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      let call = Task { try await connection.unary(Echo.forever, []) }
      #expect(await log.reached("forever began"))
      await connection.close()
      _ = await call.result
      #expect(await log.reached("forever cancelled"))
      let error = await #expect(throws: GRPCCallError.self) { try await connection.unary(Echo.immediate, []) }
      #expect(error?.code == .unavailable)
      #expect(error?.effect == GRPCCallError.Effect.none)
    }
  }

  @Test("A server that stops finishes unary calls, refuses new ones as not done, and returns")
  func graceful() async throws {
    try await Echo.withServer(Echo.services(log)) { port, stop in
      let connection = try await Echo.connect(port)
      async let late = connection.unary(Echo.later, [1, 2])
      let error = await #expect(throws: GRPCCallError.self) {
        try await connection.streaming(Echo.both) { stream in
          try await stream.requests.write([1])
          _ = try await stream.responses.next()
          stop()
          _ = try await stream.responses.next()
        }
      }
      #expect(error?.code == .unavailable)
      let answer = try await late
      #expect(answer == [1, 2])
      await connection.closed()
      let refused = await #expect(throws: GRPCCallError.self) { try await connection.unary(Echo.immediate, []) }
      #expect(refused?.effect == GRPCCallError.Effect.none)
    }
  }

  @Test("Connecting to nobody is UNAVAILABLE without effect")
  func nobody() async throws {
    let error = await #expect(throws: GRPCCallError.self) { try await Echo.connect(1) }
    #expect(error?.code == .unavailable)
    #expect(error?.effect == GRPCCallError.Effect.none)
  }
}
#endif
