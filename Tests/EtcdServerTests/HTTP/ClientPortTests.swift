#if Networking
import EdgeGRPC
import EdgeHTTP
import EtcdAPI
import EtcdServer
import Foundation
import NIOCore
import Testing

@Suite struct ClientPortTests {
  @Test("HTTP/1.1 and gRPC live on one port: probes, version, metrics, and etcd's answer to everything else")
  func pages() async throws {
    try await TestHTTP.with { server in
      let client = try await TestServer.connect(server.port)
      _ = try await client.unary(GRPCMethod(Etcd.KV.put), .init(key: [97], value: [98]))
      for path in ["/health", "/health?serializable=true", "/%68ealth"] {
        let (status, body) = try await server.get(path)
        #expect(status == 200 && body == #"{"health":"true","reason":""}"#)
      }
      #expect(try await server.get("/livez") == (200, "ok\n"))
      #expect(try await server.get("/livez?verbose") == (200, "[+]serializable_read ok\nok\n"))
      #expect(try await server.get("/readyz/non_learner") == (200, "ok\n"))
      #expect(
        try await server.get("/readyz?verbose&exclude=linearizable_read&exclude=nothing")
          == (200, "[+]data_corruption ok\n[+]serializable_read ok\n[+]non_learner ok\nok\n"))
      #expect(try await server.get("/version") == (200, #"{"etcdserver":"3.5.30","etcdcluster":"3.5.0"}"#))
      #expect(try await server.get("/metrics") == (200, "a_metric 1\n"))
      #expect(try await server.get("/nothing") == (404, "404 page not found\n"))
      #expect(try await server.get("/readyz/nothing") == (404, "404 page not found\n"))
      #expect(try await server.get("/health", method: "POST") == (405, "Method Not Allowed\n"))
      #expect(try await server.get("/health", method: "OPTIONS") == (200, ""))
      let (status, body) = try await server.get("/v3/kv/range")
      #expect(status == 501 && body.contains(#""code":12"#))
      #expect(try await server.post("/v3/nothing", "{}").status == 404)
      await client.close()
    }
  }

  @Test("An alarm makes /health false unless it is excluded; /readyz minds CORRUPT alone, and so do deletions")
  func alarms() async throws {
    try await TestHTTP.with { server in
      func alarm(_ action: String, _ kind: String, _ member: Int) async throws -> String {
        try await server.post(
          "/v3/maintenance/alarm", #"{"action":"\#(action)","memberID":"\#(member)","alarm":"\#(kind)"}"#
        ).body
      }
      #expect(try await alarm("ACTIVATE", "NOSPACE", 5).contains(#"[{"memberID":"5","alarm":"NOSPACE"}]"#))
      #expect(try await server.get("/health") == (503, #"{"health":"false","reason":"ALARM NOSPACE"}"# + "\n"))
      #expect(try await server.get("/health?exclude=NOSPACE").status == 200)
      #expect(try await server.get("/readyz").status == 200)
      let put = #"{"key":"YQ==","value":"Yg=="}"#
      #expect(try await server.post("/v3/kv/put", put).status == 429)
      #expect(try await server.post("/v3/kv/deleterange", put).status == 200)
      // Of another member there is none to be lowered.
      #expect(try await !alarm("DEACTIVATE", "NOSPACE", 6).contains("alarms"))
      #expect(try await alarm("ACTIVATE", "CORRUPT", 4).contains("CORRUPT"))
      #expect(
        try await server.get("/readyz/data_corruption")
          == (503, "[-]data_corruption failed: alarm activated: CORRUPT\n\n"))
      for path in ["/v3/kv/put", "/v3/kv/deleterange", "/v3/kv/compaction", "/v3/lease/grant", "/v3/lease/revoke"] {
        let (status, body) = try await server.post(path, #"{"key":"YQ=="}"#)
        #expect(status == 500 && body.contains("etcdserver: corrupt cluster"), "\(path)")
      }
      #expect(try await server.post("/v3/kv/range", #"{"key":"YQ=="}"#).status == 200)
      #expect(try await alarm("DEACTIVATE", "CORRUPT", 4).contains("CORRUPT"))
      #expect(try await alarm("DEACTIVATE", "NOSPACE", 5).contains("NOSPACE"))
      #expect(try await server.post("/v3/kv/put", put).status == 200)
      #expect(try await server.get("/health").status == 200)
    }
  }

  @Test("Requests that follow one another without waiting are answered in order; a body may come in chunks")
  func pipelining() async throws {
    try await TestHTTP.with { server in
      let answer = try await server.exchange(
        "GET /version HTTP/1.1\r\nHost: a\r\n\r\n"
          + "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "8\r\n{\"key\":\"\r\n6\r\nYQ==\"}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let heads = answer.components(separatedBy: "HTTP/1.1 200 OK").dropFirst()
      #expect(heads.count == 3)
      #expect(heads.first?.contains("etcdserver") == true && heads.last?.hasSuffix("ok\n") == true)
    }
  }

  @Test("Bad input is refused and closed: no HTTP at all, half a preface, endless headers, a body that is too long")
  func badInput() async throws {
    var http = HTTPServerConfiguration.etcdClients
    http.maximumBodyBytes = 1000
    try await TestHTTP.with(http: http) { server in
      for text in ["GARBAGE\r\n\r\n", "GET /health\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n"] {
        #expect(try await server.exchange(text).hasPrefix("HTTP/1.1 400"), "\(text)")
      }
      _ = try await server.exchange("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
      _ = try await server.exchange([22, 3, 1, 0, 200, 1, 0])
      let long = String(repeating: "x", count: 200_000)
      #expect(try await server.exchange("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n").hasPrefix("HTTP/1.1 4"))
      #expect(try await server.post("/v3/kv/range", long).status == 413)
      // Byte for byte, over both halves of what tells the protocols apart.
      let socket = try RawSocket(port: server.port)
      for byte in "PUT /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8 {
        socket.send([byte])
        try await Task.sleep(for: .milliseconds(1))
      }
      #expect(try await socket.read().hasPrefix("HTTP/1.1 405"))
      socket.close()
      #expect(try await server.get("/health").status == 200)
    }
  }

  @Test("A client that is slow to say what it wants is cut off; connections count together with those of gRPC")
  func limits() async throws {
    var http = HTTPServerConfiguration.etcdClients
    http.headerTimeout = .milliseconds(200)
    var transport = GRPCServerConfiguration.etcd(port: 0)
    transport.handshakeTimeout = .milliseconds(200)
    transport.maximumConnections = 2
    try await TestHTTP.with(transport: transport, http: http) { server in
      for text in ["", "P", "GET /hea"] { _ = try await server.exchange(text) }
      let client = try await TestServer.connect(server.port)
      let watching = try RawSocket(port: server.port)
      let body = #"{"create_request":{"key":"YQ=="}}"#
      watching.send(
        Array("POST /v3/watch HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
      #expect(try await watching.read(until: "created").contains(#""created":true"#))
      // One too many: closed without a word.
      #expect(try await server.exchange("GET /health HTTP/1.1\r\nHost: a\r\n\r\n").isEmpty)
      watching.close()
      await client.close()
    }
  }

  @Test("A server that stops ends a watch's answer well formed, and closes idle connections")
  func stop() async throws {
    let (sockets, yield) = AsyncStream.makeStream(of: RawSocket.self)
    try await TestHTTP.with { server in
      let idle = try RawSocket(port: server.port)
      idle.send(Array("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
      _ = try await idle.read(until: "ok\n")
      let watching = try RawSocket(port: server.port)
      let body = #"{"create_request":{"key":"YQ=="}}"#
      watching.send(
        Array("POST /v3/watch HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
      _ = try await watching.read(until: "created")
      yield.yield(idle)
      yield.yield(watching)
    }
    // The server has returned, so both are closed.
    yield.finish()
    var rests: [String] = []
    for await socket in sockets {
      rests.append(try await socket.read())
      socket.close()
    }
    #expect(rests.count == 2 && rests.first == "" && rests.last?.hasSuffix("0\r\n\r\n") == true)
  }
}
#endif
