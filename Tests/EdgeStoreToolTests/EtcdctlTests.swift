#if Networking && SQLite
import EdgeTestKit
import Foundation
import Testing

/// Debian's etcdctl against the served store.
@Suite struct EtcdctlTests {
  private func etcdctl(_ served: ServedStore, _ arguments: String..., more: [String] = []) throws -> String {
    try run(
      PeerProgram.path("etcdctl"), ["--endpoints=\(served.urls[0])"] + more + arguments,
      environment: ["ETCDCTL_API": "3"]
    ).output
  }

  @Test(
    "etcdctl: put, get, del, lease, member, endpoint, alarm, compaction, defrag, and its errors",
    .enabled(if: PeerProgram.isWanted("etcdctl")))
  func commands() async throws {
    try await withTemporaryFolder { folder in
      let served = try ServedStore(folder)
      #expect(try etcdctl(served, "put", "a", "1") == "OK\n")
      #expect(try etcdctl(served, "put", "b", "2") == "OK\n")
      #expect(try etcdctl(served, "get", "a", "c") == "a\n1\nb\n2\n")
      #expect(try etcdctl(served, "get", "--prefix", "", "--keys-only", "--order", "DESCEND").hasPrefix("b\n"))
      #expect(try etcdctl(served, "del", "b", "--prev-kv") == "1\nb\n2\n")
      let lease = try #require(try etcdctl(served, "lease", "grant", "60").split(separator: " ").dropFirst().first)
      #expect(try etcdctl(served, "put", "leased", "x", "--lease=\(lease)") == "OK\n")
      #expect(try etcdctl(served, "lease", "timetolive", String(lease), "--keys").contains("attached keys([leased])"))
      #expect(try etcdctl(served, "lease", "revoke", String(lease)).contains("revoked"))
      #expect(try etcdctl(served, "get", "leased") == "")
      #expect(try etcdctl(served, "member", "list").contains("started, default"))
      #expect(try etcdctl(served, "endpoint", "status").contains("3.5.30"))
      #expect(try etcdctl(served, "endpoint", "health").contains("is healthy"))
      #expect(try etcdctl(served, "endpoint", "hashkv").hasPrefix(served.urls[0]))
      #expect(try etcdctl(served, "alarm", "list") == "")
      #expect(try etcdctl(served, "compaction", "4") == "compacted revision 4\n")
      #expect(
        try etcdctl(served, "compaction", "3").contains("etcdserver: mvcc: required revision has been compacted"))
      #expect(try etcdctl(served, "defrag").contains("Finished defragmenting"))
      #expect(try etcdctl(served, "user", "list").contains("unknown service etcdserverpb.Auth"))
      #expect(served.stop() == 0)
    }
  }

  @Test(
    "With client certificates, who has one is served and who has none is not",
    .enabled(if: PeerProgram.isWanted("etcdctl")))
  func mutualTLS() async throws {
    try await withTemporaryFolder { folder in
      let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
      func request(_ arguments: [String]) throws {
        let result = try run(PeerProgram.path("openssl"), ["req", "-x509"] + curve + arguments)
        try #require(result.status == 0, "\(result.output)")
      }
      try request(["-subj", "/CN=ca", "-keyout", "\(folder)/ca.key", "-out", "\(folder)/ca.pem"])
      for name in ["server", "client"] {
        try request([
          "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
          "basicConstraints=critical,CA:FALSE", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key", "-keyout",
          "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
        ])
      }
      let served = try ServedStore(
        folder,
        [
          "--listen-client-urls", "https://127.0.0.1:0", "--cert-file", "\(folder)/server.pem", "--key-file",
          "\(folder)/server.key", "--trusted-ca-file", "\(folder)/ca.pem", "--client-cert-auth",
        ])
      let trust = ["--cacert=\(folder)/ca.pem", "--command-timeout=2s", "--dial-timeout=2s"]
      let certificate = ["--cert=\(folder)/client.pem", "--key=\(folder)/client.key"]
      #expect(try etcdctl(served, "put", "a", "1", more: trust + certificate) == "OK\n")
      #expect(try etcdctl(served, "put", "a", "2", more: trust) != "OK\n")
      #expect(try etcdctl(served, "get", "a", more: trust + certificate) == "a\n1\n")
      let saved = try run(
        ServedStore.executable?.path,
        [
          "snapshot", "save", "\(folder)/snapshot", "--endpoint", served.urls[0], "--cacert", "\(folder)/ca.pem",
          "--cert", "\(folder)/client.pem", "--key", "\(folder)/client.key",
        ])
      #expect(saved.status == 0, "\(saved.output)")
      #expect(served.stop() == 0)
    }
  }
}
#endif
