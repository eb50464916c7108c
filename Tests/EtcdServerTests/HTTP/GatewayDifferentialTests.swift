#if Networking
import EdgeTestKit
import Foundation
import Testing

/// The JSON gateway beside that of a real etcd: the same requests to both, the same bytes from both, but for blanks, ids and the
/// texts of what is no request, which differ between etcd's releases.
@Suite struct GatewayDifferentialTests {
  private static let requests = [
    ("/kv/put", #"{"key":"Zm9v","value":"YmFy"}"#),
    ("/kv/put", #"{"key":"Zm9v","value":"YmFyMg==","prev_kv":true}"#),
    ("/kv/put", #"{"key":"Zm9v","ignore_value":true,"value":"AA=="}"#),
    ("/kv/put", #"{"key":"bm8=","ignore_value":true}"#),
    ("/kv/put", #"{"key":"bm8=","lease":"77"}"#),
    ("/kv/put", #"{"key":"AP8=","value":""}"#),
    ("/kv/put", #"{"key":"/w=="}"#),
    ("/kv/put", #"{"value":"/w=="}"#),
    ("/kv/range", #"{"key":"Zm9v"}"#),
    ("/kv/range", #"{"key":"AA==","range_end":"AA=="}"#),
    ("/kv/range", #"{"key":"AA==","rangeEnd":"AA==","keysOnly":true,"limit":2}"#),
    ("/kv/range", #"{"key":"AA==","range_end":"AA==","count_only":true}"#),
    ("/kv/range", #"{"key":"AA==","range_end":"AA==","sort_order":"DESCEND","sort_target":"MOD"}"#),
    ("/kv/range", #"{"key":"AA==","range_end":"AA==","sort_order":2,"sort_target":4,"min_mod_revision":"3"}"#),
    ("/kv/range", #"{"key":"Zm9v","revision":99}"#),
    ("/kv/range", #"{"key":"Zm9v","limit":"9223372036854775807"}"#),
    ("/kv/range", #"{"key":"Zm9v","limit":-1}"#),
    ("/kv/range", "{}"),
    ("/kv/range", #"{"key":5}"#),
    ("/kv/range", #"{"key":"%%"}"#),
    ("/kv/range", #"{"key":"Zm9v"#),
    ("/kv/range", #"{"key":"Zm9v","limit":"x"}"#),
    ("/kv/range", #"{"key":"Zm9v","serializable":"x"}"#),
    ("/kv/range", "[]"),
    (
      "/kv/txn",
      #"{"compare":[{"key":"Zm9v","target":"VALUE","value":"YmFy","result":"EQUAL"}],"success":[{"request_range":{"key":"Zm9v"}}],"failure":[{"request_range":{"key":"Zm9v"}},{"requestPut":{"key":"YQ==","value":"Yg==","prev_kv":true}},{"requestDeleteRange":{"key":"YQA=","prev_kv":true}},{"request_txn":{}}]}"#
    ),
    ("/kv/txn", #"{"success":[{"request_put":{"key":"YQ=="}},{"request_put":{"key":"YQ=="}}]}"#),
    ("/kv/txn", "{}"),
    ("/kv/deleterange", #"{"key":"YQ==","range_end":"AA==","prev_kv":true}"#),
    ("/kv/compaction", #"{"revision":"99"}"#),
    ("/kv/compaction", #"{"revision":"3","physical":true}"#),
    ("/kv/compaction", #"{"revision":"3"}"#),
    ("/kv/range", #"{"key":"Zm9v","revision":2}"#),
    ("/lease/grant", #"{"TTL":"100","ID":"7"}"#),
    ("/lease/grant", #"{"TTL":"99999999999","ID":"8"}"#),
    ("/lease/keepalive", #"{"ID":"7"}"#),
    ("/kv/put", #"{"key":"bA==","lease":7}"#),
    ("/lease/timetolive", #"{"ID":70,"keys":true}"#),
    ("/kv/lease/timetolive", #"{"ID":70}"#),
    ("/kv/lease/leases", "{}"),
    ("/lease/leases", "{}"),
    ("/kv/lease/revoke", #"{"ID":7}"#),
    ("/lease/revoke", #"{"ID":7}"#),
    ("/maintenance/alarm", #"{"action":"ACTIVATE","memberID":"5","alarm":"NOSPACE"}"#),
    ("/maintenance/alarm", #"{"action":"GET","alarm":"NOSPACE"}"#),
    ("/kv/put", #"{"key":"bA=="}"#),
    ("/maintenance/alarm", #"{"action":"DEACTIVATE","memberID":"6","alarm":"NOSPACE"}"#),
    ("/maintenance/alarm", #"{"action":"DEACTIVATE","memberID":"5","alarm":"NOSPACE"}"#),
    ("/maintenance/alarm", "{}"),
    ("/cluster/member/remove", "{}"),
    ("/lock/unlock", #"{"key":"bG9jaw=="}"#),
    ("/lease/grant", #"{"TTL":"100","ID":"5"}"#),
    ("/lock/lock", #"{"name":"bG9jaw==","lease":5}"#),
    ("/election/campaign", #"{"name":"ZQ==","value":"dg==","lease":"5"}"#),
    ("/election/leader", #"{"name":"ZQ=="}"#),
    ("/election/leader", #"{"name":"eA=="}"#),
    ("/election/proclaim", "{}"),
    ("/nothing", "{}"),
  ]

  @Test(
    "Requests in JSON are answered as a real etcd answers them, with the same status",
    .enabled(if: PeerProgram.isWanted("etcd")))
  func requests() async throws {
    try await EtcdProcess.with { process in
      let etcd = process.port
      try await TestHTTP.with(.sqlite) { ours in
        let etcd = TestHTTP(port: etcd)
        for (path, body) in Self.requests {
          let expected = try await etcd.post("/v3" + path, body)
          let actual = try await ours.post("/v3" + path, body)
          let (theirs, answer) = (Self.normal(expected.body, path), Self.normal(actual.body, path))
          #expect(actual.status == expected.status, "\(path) \(body): \(expected) \(actual)")
          // A text that says what a decoder thought.
          if expected.status == 400, theirs.contains(#""code":3"#), !theirs.contains("etcdserver: ") { continue }
          if expected.status == 404, path == "/nothing" { continue }
          #expect(answer == theirs, "\(path) \(body)")
        }
      }
    }
  }

  /// Without blanks outside of texts and without ids. Of an error the code and the text, which releases say once or twice, in
  /// different orders.
  private static func normal(_ text: String, _ path: String) -> String {
    var result = ""
    var isText = false
    var isEscaped = false
    for character in text {
      if isText {
        isText = isEscaped || character != "\""
        isEscaped = !isEscaped && character == "\\"
      } else if character == "\"" {
        isText = true
      } else if character.isWhitespace {
        continue
      }
      result.append(character)
    }
    result = result.replacing(/"(cluster_id|member_id|raft_term)":"[0-9]+"/) { "\"\($0.1)\":1" }
    // Releases before 3.5 have none with alarms.
    if path.hasSuffix("/alarm") { result = result.replacing(#/"header":\{[^}]*\},?/#, with: "") }
    guard result.hasPrefix(#"{"error":"#) || result.hasPrefix(#"{"code":"#),
      let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
      let code = object["code"], let message = object["message"] ?? object["error"]
    else { return result }
    return "\"code\":\(code) \(message)"
  }
}
#endif
