#if Networking
import EdgeGRPC
import Testing

@Suite struct StreamingCallTests {
  let log = Echo.Log()

  @Test("Messages go both ways in order while the stream is open, and the end arrives")
  func bidirectional() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      try await connection.streaming(Echo.both) { stream in
        for number in 0..<200 {
          let message = Array("\(number)".utf8)
          try await stream.requests.write(message)
          #expect(try await stream.responses.next() == message)
        }
        stream.endRequests()
        #expect(try await stream.responses.next() == nil)
      }
      #expect(await log.reached("both ended"))
      await connection.close()
    }
  }

  @Test("A reader that is slow stops its own stream's writer and no other call")
  func slowReader() async throws {
    try await Echo.withServer(Echo.services(log), configuration: .with { $0.streamWriteBufferBytes = 64 << 10 }) {
      [log] port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 128 << 10 })
      let total = 4_000
      try await connection.streaming(Echo.flood) { stream in
        try await stream.requests.write([UInt8](repeating: 0, count: total))
        #expect(await log.reached("flood written", 4))
        try await Task.sleep(for: .milliseconds(300))
        // 128 KiB of window and 64 KiB of buffer are 12 messages; one may be let through beyond the buffer.
        #expect(log.count("flood written") <= 14)
        #expect(try await connection.unary(Echo.immediate, [3]) == [3])
        var count = 0
        for try await message in stream.responses {
          #expect(message.count == 16 << 10)
          count += 1
        }
        #expect(count == total)
      }
      await connection.close()
    }
  }

  @Test("A handler that reads nothing stops its own client's writer, and reads everything later")
  func slowHandler() async throws {
    try await Echo.withServer(Echo.services(log), configuration: .with { $0.streamWindowBytes = 128 << 10 }) {
      [log] port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWriteBufferBytes = 64 << 10 })
      let message = [UInt8](repeating: 1, count: 16 << 10)
      let answer = try await connection.streaming(Echo.idle) { stream in
        #expect(await log.reached("idle began"))
        async let writing: Void = {
          for _ in 0..<500 {
            try await stream.requests.write(message)
            log.note("written")
          }
          stream.endRequests()
        }()
        try await Task.sleep(for: .milliseconds(300))
        #expect(log.count("written") <= 14)
        #expect(try await connection.unary(Echo.unary, [3]) == [3])
        log.note("idle may read")
        try await writing
        return try await stream.responses.next()
      }
      #expect(answer == Array("\(500 * (16 << 10))".utf8))
      await connection.close()
    }
  }

  @Test("A message larger than the stream's window arrives whole")
  func largerThanWindow() async throws {
    try await Echo.withServer(Echo.services(log), configuration: .with { $0.streamWindowBytes = 64 << 10 }) { port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWindowBytes = 64 << 10 })
      let message = [UInt8](repeating: 9, count: 3_000_000)
      try await connection.streaming(Echo.both) { stream in
        for _ in 0..<3 {
          try await stream.requests.write(message)
          #expect(try await stream.responses.next() == message)
        }
      }
      #expect(try await connection.unary(Echo.immediate, message) == message)
      await connection.close()
    }
  }

  @Test("Offering is refused instead of waiting when the peer takes nothing")
  func offering() async throws {
    try await Echo.withServer(Echo.services(log), configuration: .with { $0.streamWindowBytes = 64 << 10 }) {
      [log] port, _ in
      let connection = try await Echo.connect(port, configuration: .with { $0.streamWriteBufferBytes = 64 << 10 })
      try await connection.streaming(Echo.idle) { stream in
        #expect(await log.reached("idle began"))
        var accepted = 0
        for _ in 0..<1_000 where try stream.requests.offer([UInt8](repeating: 1, count: 16 << 10)) {
          accepted += 1
          try await Task.sleep(for: .milliseconds(1))
        }
        #expect(accepted >= 4 && accepted < 20)
      }
      await connection.close()
    }
  }

  @Test("Thousands of idle streams on one connection leave room for calls")
  func manyStreams() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2_000 {
          group.addTask {
            try await connection.streaming(Echo.both) { stream in
              try await stream.requests.write([1])
              _ = try await stream.responses.next()
              log.note("open")
              while log.count("close all") == 0 { try await Task.sleep(for: .milliseconds(50)) }
            }
          }
        }
        #expect(await log.reached("open", 2_000))
        #expect(try await connection.unary(Echo.immediate, [1]) == [1])
        log.note("close all")
        try await group.waitForAll()
      }
      await connection.close()
    }
  }

  @Test("Leaving the scope of a call cancels it at the server")
  func leaving() async throws {
    try await Echo.withServer(Echo.services(log)) { [log] port, _ in
      let connection = try await Echo.connect(port)
      try await connection.streaming(Echo.flood) { stream in
        try await stream.requests.write([UInt8](repeating: 0, count: 100_000))
        _ = try await stream.responses.next()
      }
      try await Task.sleep(for: .milliseconds(100))
      let written = log.count("flood written")
      try await Task.sleep(for: .milliseconds(200))
      #expect(log.count("flood written") == written)
      await connection.close()
    }
  }
}
#endif
