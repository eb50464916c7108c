#if Networking
import EdgeHTTP
import EdgeTestKit
import Foundation
import Testing

@Suite struct GatewayTests {
  private static let header = #""cluster_id":"11","member_id":"22","revision":"\#("R")","raft_term":"3""#

  private static func header(_ revision: Int) -> String {
    "{" + header.replacingOccurrences(of: "\"R\"", with: "\"\(revision)\"") + "}"
  }

  @Test("Calls are JSON as etcd has it: 64 bits as strings, bytes in Base64, etcd's names, nothing that is the default")
  func calls() async throws {
    try await TestHTTP.with { server in
      func ask(_ path: String, _ body: String, _ answer: String) async throws {
        let (status, text) = try await server.post("/v3" + path, body)
        #expect(status == 200 && text == answer, "\(path) \(body): \(status) \(text)")
      }
      try await ask("/kv/put", #"{"key":"Zm9v","value":"YmFy"}"#, #"{"header":\#(Self.header(2))}"#)
      let foo = #"{"key":"Zm9v","create_revision":"2","mod_revision":"2","version":"1","value":"YmFy"}"#
      let range = #"{"header":\#(Self.header(2)),"kvs":[\#(foo)],"count":"1"}"#
      // Names of either kind, numbers of either kind, enumerations of either kind; what is not known is passed over.
      try await ask("/kv/range", #"{"key":"Zm9v"}"#, range)
      try await ask(
        "/kv/range",
        #" {"key":"AA==", "rangeEnd":"AA", "sortOrder":"DESCEND","sort_target":4,"limit":"5","min_mod_revision":1e0,"x":[{}]} {"#,
        range)
      try await ask("/kv/range", #"{"key":"Zm8","limit":null}"#, #"{"header":\#(Self.header(2))}"#)
      try await ask(
        "/kv/txn",
        #"{"compare":[{"key":"Zm9v","target":"VALUE","value":"YmFy"}],"success":[{"request_range":{"key":"Zm9v"}},{"requestPut":{"key":"YQ==","prev_kv":true}},{"request_txn":{}}]}"#,
        #"{"header":\#(Self.header(3)),"succeeded":true,"responses":[{"response_range":{"header":{"revision":"2"},"kvs":[\#(foo)],"count":"1"}},{"response_put":{"header":{"revision":"3"}}},{"response_txn":{"header":{},"succeeded":true}}]}"#
      )
      try await ask(
        "/kv/deleterange", #"{"key":"AA==","range_end":"AA==","prev_kv":true}"#,
        #"{"header":\#(Self.header(4)),"deleted":"2","prev_kvs":[{"key":"YQ==","create_revision":"3","mod_revision":"3","version":"1"},\#(foo)]}"#
      )
      try await ask("/lease/grant", #"{"ID":"7","TTL":100}"#, #"{"header":\#(Self.header(4)),"ID":"7","TTL":"100"}"#)
      try await ask("/kv/lease/leases", "", #"{"header":\#(Self.header(4)),"leases":[{"ID":"7"}]}"#)
      try await ask("/lease/timetolive", #"{"ID":8}"#, #"{"header":\#(Self.header(4)),"ID":"8","TTL":"-1"}"#)
      try await ask("/kv/compaction", #"{"revision":"3"}"#, #"{"header":\#(Self.header(4))}"#)
      try await ask("/maintenance/defragment", "{}", "{}")
      #expect(try await server.post("/v3beta/maintenance/status", "{}").body.contains(#""version":"3.5.30""#))
    }
  }

  @Test("What is refused says why, with etcd's status, and where in the text it lies")
  func errors() async throws {
    try await TestHTTP.with { server in
      for (path, body, status, code, message) in [
        ("/kv/range", "", 400, 3, "etcdserver: key is not provided"),
        (
          "/kv/range", #"{"key":"YQ==","revision":9}"#, 400, 11,
          "etcdserver: mvcc: required revision is a future revision"
        ),
        ("/lease/revoke", #"{"ID":1}"#, 404, 5, "etcdserver: requested lease not found"),
        ("/kv/range", #"{"key":"YQ==""#, 400, 3, "unexpected EOF"),
        ("/kv/range", "[1]", 400, 3, "proto: syntax error (line 1:1): unexpected token ["),
        ("/kv/range", #"{"key":5}"#, 400, 3, "proto: (line 1:8): invalid value for bytes field key: 5"),
        (
          "/kv/range", "{\n \"key\":\"Zm9v\",\n \"limit\": 1.5}", 400, 3,
          "proto: (line 3:11): invalid value for int64 field limit: 1.5"
        ),
        ("/kv/range", #"{"key":"YQ==","key":"YQ=="}"#, 400, 3, #"proto: (line 1:15): duplicate field \"key\""#),
        (
          "/kv/txn", #"{"success":[{"request_range":{"key":"YQ=="},"request_put":{}}]}"#, 400, 3,
          #"proto: (line 1:45): error parsing \"request_put\", oneof etcdserverpb.RequestOp.request is already set"#
        ),
        ("/election/leader", #"{"name":"eA=="}"#, 500, 2, "election: no leader"),
        ("/auth/status", "{}", 501, 12, "unknown service etcdserverpb.Auth"),
      ] {
        let answer = try await server.post("/v3" + path, body)
        #expect(answer.status == status)
        #expect(answer.body == #"{"error":"\#(message)","code":\#(code),"message":"\#(message)"}"#)
      }
      let deep = String(repeating: #"{"success":[{"request_txn":"#, count: 5_000)
      #expect(try await server.post("/v3/kv/txn", deep).status == 400)
      let large = String(repeating: "A", count: 2_900_000)
      #expect(try await server.post("/v3/kv/put", #"{"key":"YQ==","value":"\#(large)"}"#).status == 429)
    }
  }

  @Test("A watch is a stream of results, one a line, until its client goes")
  func watch() async throws {
    try await TestHTTP.with(.sqlite) { server in
      let socket = try RawSocket(port: server.port)
      let body = #"{"create_request":{"key":"YQ=="}}"#
      socket.send(Array("POST /v3/watch HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
      _ = try await socket.read(until: #"{"result":{"header":\#(Self.header(1)),"created":true}}"# + "\n")
      _ = try await server.post("/v3/kv/put", #"{"key":"YQ==","value":"Yg=="}"#)
      _ = try await socket.read(
        until:
          #"{"result":{"header":\#(Self.header(2)),"events":[{"kv":{"key":"YQ==","create_revision":"2","mod_revision":"2","version":"1","value":"Yg=="}}]}}"#
      )
      _ = try await server.post("/v3/kv/deleterange", #"{"key":"YQ=="}"#)
      _ = try await socket.read(until: #""events":[{"type":"DELETE","kv":{"key":"YQ==","mod_revision":"3"}}]"#)
      socket.close()
    }
  }

  @Test("Leases are kept alive as often as one body says; text behind the requests ends them")
  func keepAlive() async throws {
    try await TestHTTP.with { server in
      _ = try await server.post("/v3/lease/grant", #"{"ID":7,"TTL":100}"#)
      let (status, body) = try await server.post("/v3/lease/keepalive", #"{"ID":7} {"ID":"9"}garbage{"ID":7}"#)
      let lines = body.split(separator: "\n")
      #expect(status == 200 && lines.count == 2)
      #expect(lines.first?.hasSuffix(#""ID":"7","TTL":"100"}}"#) == true)
      #expect(lines.last?.hasSuffix(#""ID":"9"}}"#) == true)
    }
  }
}
#endif
