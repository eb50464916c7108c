#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EtcdAPI
import Testing

@testable import EdgeStoreEtcd

/// By reference: what `#expect` looks at must not change.
private final class Rotation {
  private var rotation: EndpointRotation

  init(_ rotation: EndpointRotation) { self.rotation = rotation }

  func choose(at now: Duration) -> EndpointRotation.Choice { rotation.choose(at: now) }
  func failed(_ index: Int, generation: UInt64, at now: Duration, entropy: SeededEntropy) -> Bool {
    rotation.failed(index, generation: generation, at: now, entropy: entropy)
  }
}

@Suite struct EtcdRulesTests {
  private func verdict(
    _ effect: GRPCCallError.Effect, _ code: GRPCStatus.Code, _ message: String, _ kind: CallKind
  ) -> String {
    switch CallVerdict(GRPCCallError(status: GRPCStatus(code, message), effect: effect), kind) {
    case .fail(let error), .failLeavingMember(let error): error.code.rawValue
    case .tryElsewhere: "again"
    }
  }

  @Test("a write is made again only after a failure that proves that it was not applied")
  func writes() {
    #expect(verdict(.none, .unavailable, "cannot connect", .write) == "again")
    for proof in [
      "etcdserver: no leader", "etcdserver: not leader", "etcdserver: rpc not supported for learner",
      "raft proposal dropped", "etcdserver: unhealthy cluster",
    ] {
      let code: GRPCStatus.Code = proof.hasSuffix("not leader") ? .failedPrecondition : .unavailable
      #expect(verdict(.answered, code, proof, .write) == "again", "\(proof)")
    }
    for doubt in [
      "etcdserver: request timed out", "etcdserver: server stopped", "etcdserver: leader changed",
      "etcdserver: request timed out, possibly due to previous leader failure", "something new",
    ] {
      #expect(verdict(.answered, .unavailable, doubt, .write) == "outcomeUnknown", "\(doubt)")
      #expect(verdict(.answered, .unavailable, doubt, .read) == "again", "\(doubt)")
    }
    #expect(verdict(.unknown, .unavailable, "the connection was closed", .write) == "outcomeUnknown")
    #expect(verdict(.unknown, .unavailable, "the connection was closed", .read) == "again")
    #expect(verdict(.unknown, .deadlineExceeded, "", .write) == "outcomeUnknown")
    #expect(verdict(.unknown, .deadlineExceeded, "", .read) == "unavailable")
    #expect(verdict(.answered, .internalError, "the response cannot be decoded", .read) == "damaged")
  }

  @Test(
    "etcd's refusals are told in the store's words",
    arguments: [
      (Etcd.Failure.compacted, "compacted"), (.futureRevision, "futureRevision"), (.emptyKey, "keyNotProvided"),
      (.keyNotFound, "keyNotFound"), (.valueProvided, "valueProvided"), (.leaseProvided, "leaseProvided"),
      (.tooManyOperations, "tooManyOperations"), (.duplicateKey, "duplicateKey"), (.invalidSortOption, "misuse"),
      (.requestTooLarge, "requestTooLarge"), (.leaseTTLTooLarge, "leaseTTLTooLarge"),
      (.leaseNotFound, "leaseNotFound"), (.leaseExists, "leaseExists"), (.noSpace, "noSpace"),
      (.tooManyRequests, "overloaded"), (.clusterIDMismatch, "incompatible"), (.corrupt, "damaged"),
    ])
  func refusals(_ failure: Etcd.Failure, _ expected: String) {
    for kind in [CallKind.read, .write] {
      #expect(verdict(.answered, GRPCStatus.Code(rawValue: failure.code), failure.message, kind) == expected)
    }
  }

  @Test("an endpoint that failed is left alone for a growing time, and only the first report of one failure counts")
  func rotation() {
    let entropy = SeededEntropy(seed: 1)
    let backoff = Backoff(base: .milliseconds(100), cap: .seconds(1), minimum: .milliseconds(10))
    let rotation = Rotation(EndpointRotation(count: 2, first: 1, backoff: backoff))
    #expect(rotation.choose(at: .zero) == .use(1))
    #expect(rotation.failed(1, generation: 0, at: .zero, entropy: entropy))
    #expect(!rotation.failed(1, generation: 0, at: .zero, entropy: entropy))
    #expect(rotation.choose(at: .zero) == .use(0))
    // It stays where it works, though the other one may be well again.
    #expect(rotation.choose(at: .seconds(5)) == .use(0))
    #expect(rotation.failed(0, generation: 0, at: .seconds(5), entropy: entropy))
    #expect(rotation.choose(at: .seconds(5)) == .use(1))
    #expect(rotation.failed(1, generation: 1, at: .seconds(5), entropy: entropy))
    guard case .wait(let until) = rotation.choose(at: .seconds(5)) else {
      Issue.record("both are to be left alone")
      return
    }
    #expect(until > .seconds(5) && until <= .seconds(5) + .milliseconds(200))
  }

  @Test("endpoints are read from URLs, and what is none is refused")
  func endpoints() {
    #expect(EtcdEndpoint("https://10.0.0.1:2381")?.description == "https://10.0.0.1:2381")
    #expect(EtcdEndpoint("etcd.example") == EtcdEndpoint(host: "etcd.example", port: 2379))
    #expect(EtcdEndpoint("http://[::1]:2379/") == EtcdEndpoint(host: "::1", port: 2379))
    #expect(EtcdEndpoint("http://[::1]:2379")?.description == "http://[::1]:2379")
    for text in ["", "http://", "http://a:0", "http://a:70000", "http://a:1/path", "a:b:c", "[::1", "[::1]x", "u@h:1"] {
      #expect(EtcdEndpoint(text) == nil, "\(text)")
    }
  }

  @Test("ranges avoid etcd's special cases of empty keys and ends of one zero byte")
  func ranges() {
    func pair(_ range: KeyRange) -> [[UInt8]] { [range.etcd.key, range.etcd.rangeEnd] }
    #expect(pair(.all) == [[0], [0]])
    #expect(pair(.prefix("a")) == [Array("a".utf8), Array("b".utf8)])
    #expect(pair(.key("a")) == [Array("a".utf8), []])
    #expect(pair(.from("a", until: nil)) == [Array("a".utf8), [0]])
    for nothing in [
      KeyRange.from("b", until: "a"), .from("a", until: StoreKey([0])), .from(StoreKey([]), until: StoreKey([0])),
    ] {
      #expect(nothing.isEmpty)
      #expect(nothing.etcd.rangeEnd != [0] && StoreKey(nothing.etcd.rangeEnd) < StoreKey(nothing.etcd.key))
    }
  }

  @Test("versions are told apart where they behave differently")
  func versions() {
    #expect(EtcdVersion("3.5.13")?.ordersProgress == true)
    #expect(EtcdVersion("3.5.12")?.ordersProgress == false)
    #expect(EtcdVersion("3.4.31")?.ordersProgress == true)
    #expect(EtcdVersion("3.4.23")?.ordersProgress == false)
    #expect(EtcdVersion("3.6.0-rc.1")?.ordersProgress == true)
    #expect(EtcdVersion("3.5") == nil && EtcdVersion("") == nil && EtcdVersion("a.b.c") == nil)
  }
}
#endif
