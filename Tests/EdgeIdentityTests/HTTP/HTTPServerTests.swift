#if Networking
import EdgeHTTP
import Synchronization
import Testing

@Suite("HTTP server")
struct HTTPServerTests {
  private func echo(_ request: HTTPServerRequest) -> HTTPServerResponse {
    .text(200, "\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))")
  }

  @Test(
    "a request reaches the handler with its path undecoded, its query decoded and its headers without regard to case")
  func requestParts() async throws {
    let seen = Mutex<HTTPServerRequest?>(nil)
    try await TestServer { request in
      seen.withLock { $0 = request }
      return .text(200, "ok")
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send(
          "POST /api/a%2Fb?labelSelector=a%3Db%2Cc&x=1+2&flag HTTP/1.1\r\nHost: x\r\nNodeName: n1\r\n"
            + "Content-Length: 3\r\nConnection: close\r\n\r\nabc")
        #expect(try await connection.receiveUntilClosed().hasPrefix("HTTP/1.1 200 OK\r\n"))
      }
    }
    let request = try #require(seen.withLock { $0 })
    #expect(request.method == "POST")
    #expect(request.path == "/api/a%2Fb")
    #expect(request.query("labelSelector") == "a=b,c")
    #expect(request.query("x") == "1 2")
    #expect(request.query("flag") == "")
    #expect(request.headers.first(name: "nodename") == "n1")
    #expect(request.body == Array("abc".utf8))
    #expect(request.remoteAddress == "127.0.0.1")
    #expect(request.peer == nil)
  }

  @Test("pipelined requests are answered one after another, in order")
  func pipelining() async throws {
    try await TestServer { request in
      // The first is the slowest: only order of arrival can put it first.
      if request.path == "/1" { try? await Task.sleep(for: .milliseconds(50)) }
      return .text(200, "<\(request.path)>")
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send(
          "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
            + "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let text = try await connection.receiveUntilClosed()
        let positions = ["</1>", "</2>", "</3>"].map { text.firstRange(of: $0)?.lowerBound }
        #expect(!positions.contains(nil))
        #expect(positions.compactMap(\.self) == positions.compactMap(\.self).sorted())
      }
    }
  }

  @Test("a body beyond the limit is answered 413 and the connection closed", arguments: [true, false])
  func oversized(announced: Bool) async throws {
    var configuration = HTTPServerConfiguration()
    configuration.maximumBodyBytes = 1000
    try await TestServer(configuration: configuration, handler: echo).run { port in
      try await withRawConnection(port: port) { connection in
        if announced {
          try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        } else {
          let chunk = "200\r\n" + String(repeating: "a", count: 512) + "\r\n"
          try await connection.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + chunk)
        }
        let text = try await connection.receiveUntilClosed()
        #expect(text.hasPrefix("HTTP/1.1 413 "))
        #expect(text.contains("larger than 1000 bytes"))
      }
      #expect(
        try await HTTPClient(host: "127.0.0.1", port: port, tls: nil, group: testGroup)
          .send(HTTPClientRequest(method: "PUT", target: "/", body: Array(repeating: 1, count: 1000))).status == 200)
    }
  }

  enum Malformed: String, CaseIterable {
    case noRequestLine = "nonsense\r\n\r\n"
    case headerWithoutColon = "GET / HTTP/1.1\r\nHost x\r\n\r\n"
    case negativeLength = "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"
    case lengthAndChunks = "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    case hugeHeader

    var request: String {
      self == .hugeHeader ? "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 70_000) + "\r\n\r\n" : rawValue
    }
  }

  @Test("what is not HTTP is answered 400 and the connection closed", arguments: Malformed.allCases)
  func malformed(_ kind: Malformed) async throws {
    try await TestServer(handler: echo).run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send(kind.request)
        let answer = try await connection.receiveUntilClosed()
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
      }
    }
  }

  @Test("a handler cannot split a response with a header: nothing is sent")
  func headerInjection() async throws {
    try await TestServer { _ in
      HTTPServerResponse(status: 200, headers: [("X", "a\r\nInjected: b")], body: .bytes(Array("body".utf8)))
    }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try await connection.receiveUntilClosed()
        #expect(answer == "")
      }
    }
  }

  @Test("a peer that is slow to send its head is cut off")
  func slowHeaders() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.headerTimeout = .seconds(1)
    try await TestServer(configuration: configuration, handler: echo).run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost:")
        let answer = try await connection.receiveUntilClosed()
        #expect(answer == "")
      }
    }
  }

  @Test("an idle connection is closed after its timeout")
  func idle() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.idleTimeout = .milliseconds(150)
    try await TestServer(configuration: configuration, handler: echo).run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try await connection.receiveUntilClosed().hasPrefix("HTTP/1.1 200 "))
      }
    }
  }

  @Test("HEAD is answered with the length of the body it does not get")
  func head() async throws {
    try await TestServer { _ in .text(200, "12345") }.run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let text = try await connection.receiveUntilClosed()
        #expect(text.lowercased().contains("content-length: 5\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
      }
    }
  }

  @Test("a peer that expects 100-continue is told to go on")
  func expectContinue() async throws {
    try await TestServer(handler: echo).run { port in
      try await withRawConnection(port: port) { connection in
        try await connection.send(
          "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        #expect(try await connection.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
        try await connection.send("hi")
        #expect(try await connection.receiveUntilClosed().hasSuffix("POST /x hi"))
      }
    }
  }

  @Test("a GET may carry a body")
  func getWithBody() async throws {
    try await TestServer(handler: echo).run { port in
      let client = HTTPClient(host: "127.0.0.1", port: port, tls: nil, group: testGroup)
      let response = try await client.send(HTTPClientRequest(target: "/edge.crt", body: Array("csr".utf8)))
      #expect(response.text == "GET /edge.crt csr")
    }
  }

  @Test("connections beyond the maximum are closed at once")
  func tooManyConnections() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.maximumConnections = 1
    try await TestServer(configuration: configuration, handler: echo).run { port in
      try await withRawConnection(port: port) { first in
        try await first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await first.receive(through: "GET / ")
        try await withRawConnection(port: port) { second in
          let answer = try await second.receiveUntilClosed()
          #expect(answer == "")
        }
        try await first.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try await first.receive(through: "/again").contains("/again"))
      }
    }
  }
}
#endif
