#if Networking
import EdgeHTTP
import Synchronization
import Testing

@Suite("Streamed responses")
struct HTTPStreamTests {
  private func client(_ port: Int) -> HTTPClient {
    HTTPClient(host: "127.0.0.1", port: port, tls: nil, group: testGroup)
  }

  @Test("a stream arrives as it is written and ends when its writer returns")
  func stream() async throws {
    try await TestServer { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          for number in 1...3 { try await writer.write(Array("\(number);".utf8)) }
        })
    }.run { port in
      var status = 0
      var text = ""
      try await client(port).stream(
        HTTPClientRequest(target: "/"), onHead: { status = $0.status },
        onChunk: { text += String(decoding: $0, as: UTF8.self) })
      #expect(status == 200)
      #expect(text == "1;2;3;")
    }
  }

  @Test("a writer that throws cuts the connection, so that the body does not look complete")
  func brokenStream() async throws {
    struct Broken: Error {}
    try await TestServer { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("half".utf8))
          throw Broken()
        })
    }.run { port in
      await #expect(throws: HTTPClientError.self) {
        try await client(port).stream(HTTPClientRequest(target: "/"), onHead: { _ in }, onChunk: { _ in })
      }
    }
  }

  @Test("a writer is cancelled when the peer goes away")
  func peerGone() async throws {
    let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
    try await TestServer { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("first".utf8))
          try? await Task.sleep(for: .seconds(60))
          ended.yield(Task.isCancelled)
        })
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await connection.receive(through: "first")
      }
      var iterator = ends.makeAsyncIterator()
      #expect(await iterator.next() == true)
    }
  }

  @Test("a handler that has not answered is cancelled when the peer goes away")
  func peerGoneBeforeAnswer() async throws {
    let (events, event) = AsyncStream.makeStream(of: String.self)
    try await TestServer { _ in
      event.yield("begun")
      try? await Task.sleep(for: .seconds(60))
      event.yield(Task.isCancelled ? "cancelled" : "slept")
      return .text(200, "late")
    }.run { port in
      var iterator = events.makeAsyncIterator()
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = await iterator.next()
      }
      #expect(await iterator.next() == "cancelled")
    }
  }

  @Test("a peer that does not read stops the writer, and is cut off after the write timeout")
  func backpressure() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.writeTimeout = .milliseconds(300)
    let written = Mutex(0)
    let (ends, ended) = AsyncStream.makeStream(of: Bool.self)
    try await TestServer(configuration: configuration) { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          let chunk = [UInt8](repeating: 7, count: 1 << 20)
          do {
            for _ in 0..<1000 {
              try await writer.write(chunk)
              written.withLock { $0 += 1 }
            }
          } catch {
            ended.yield(error is HTTPPeerGone)
          }
        })
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        var iterator = ends.makeAsyncIterator()
        #expect(await iterator.next() == true)
      }
    }
    // What fits into the buffers of two sockets on loopback is a few MiB.
    #expect(written.withLock { $0 } < 64)
  }

  @Test("HTTP/1.0 has no chunks: the end of the connection ends the stream")
  func http10() async throws {
    try await TestServer { _ in
      HTTPServerResponse(status: 200, body: .stream { try await $0.write(Array("plain".utf8)) })
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let text = try await connection.receiveUntilClosed()
        #expect(text.hasSuffix("\r\n\r\nplain"))
        #expect(!text.lowercased().contains("chunked"))
      }
    }
  }

  @Test("a stopping server ends its streams whole, answers the requests in progress, and stops")
  func gracefulStop() async throws {
    let (events, event) = AsyncStream.makeStream(of: Void.self)
    var configuration = HTTPServerConfiguration()
    configuration.drainTimeout = .seconds(20)
    let server = HTTPServer(
      configuration: configuration, tls: nil, group: testGroup, logger: quietLogger()
    ) { request in
      if request.path == "/slow" {
        event.yield()
        try? await Task.sleep(for: .milliseconds(200))
        return .text(200, Task.isCancelled ? "cut short" : "done")
      }
      return HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try await writer.write(Array("event".utf8))
          try await Task.sleep(for: .seconds(60))
        })
    }
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    let serving = Task { try await server.run { _, port in ready.yield(port) } }
    var iterator = ports.makeAsyncIterator()
    let port = try #require(await iterator.next())
    async let watch: Void = client(port).stream(
      HTTPClientRequest(target: "/watch"), onHead: { _ in }, onChunk: { _ in event.yield() })
    async let slow = client(port).send(HTTPClientRequest(target: "/slow"))
    var eventIterator = events.makeAsyncIterator()
    for _ in 0..<2 { await eventIterator.next() }
    let began = ContinuousClock.now
    serving.cancel()
    try await watch
    #expect(try await slow.text == "done")
    try await serving.value
    #expect(ContinuousClock.now - began < .seconds(20))
    await #expect(throws: HTTPClientError.self) { try await client(port).send(HTTPClientRequest(target: "/")) }
  }
}
#endif
