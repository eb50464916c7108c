#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Testing

@Suite struct LockAndElectionTests {
  private static func lock(_ server: TestServer, _ lease: Int64) async throws -> Etcd.LockResponse {
    try await server.client.unary(GRPCMethod(Etcd.Lock.lock), .init(name: .init("l"), lease: lease))
  }

  private static func grant(_ server: TestServer, _ ids: Int64...) async throws {
    for id in ids { _ = try await server.client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: 60, id: id)) }
  }

  private static func keys(_ server: TestServer) async throws -> [String] {
    let all = try await server.get(.init(key: [0], rangeEnd: [0]))
    return all.kvs.map { String(decoding: $0.key, as: UTF8.self) }
  }

  /// Who waits has a key.
  private static func isWaiting(_ key: String, _ server: TestServer) async throws {
    while try await !keys(server).contains(key) { try await Task.sleep(for: .milliseconds(2)) }
  }

  private static func refuses(_ text: String, _ call: @Sendable () async throws -> Void) async {
    let error = await #expect(throws: GRPCCallError.self) { try await call() }
    #expect(error?.code == .unknown && error?.message == text)
  }

  @Test("A lock goes to who has waited longest, and again to who holds it", arguments: Engine.allCases)
  func lockInTurn(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await Self.grant(server, 171, 172, 173)
      let first = try await Self.lock(server, 171)
      #expect(first.key == .init("l/ab") && first.header?.revision == 2 && first.header?.memberID == 22)
      let again = try await Self.lock(server, 171)
      #expect(again == first)
      async let second = Self.lock(server, 172)
      try await Self.isWaiting("l/ac", server)
      async let third = Self.lock(server, 173)
      try await Self.isWaiting("l/ad", server)
      _ = try await server.client.unary(GRPCMethod(Etcd.Lock.unlock), .init(key: first.key))
      #expect(try await second.key == .init("l/ac"))
      _ = try await server.client.unary(GRPCMethod(Etcd.Lease.revoke), .init(id: 172))
      #expect(try await third.key == .init("l/ad"))
      #expect(try await Self.keys(server) == ["l/ad"])
    }
  }

  @Test("Who gives up waiting leaves the line; whose lease ends there is told when its turn would have come")
  func lockGivenUp() async throws {
    try await TestServer.with { server in
      try await Self.grant(server, 171, 172)
      let held = try await Self.lock(server, 171)
      let waiter = Task { try await Self.lock(server, 172) }
      try await Self.isWaiting("l/ac", server)
      waiter.cancel()
      await #expect(throws: (any Error).self) { try await waiter.value }
      while try await Self.keys(server) != ["l/ab"] { try await Task.sleep(for: .milliseconds(2)) }

      async let expired: Void = Self.refuses("mutex: session is expired") { _ = try await Self.lock(server, 172) }
      try await Self.isWaiting("l/ac", server)
      _ = try await server.client.unary(GRPCMethod(Etcd.Lease.revoke), .init(id: 172))
      _ = try await server.client.unary(GRPCMethod(Etcd.Lock.unlock), .init(key: held.key))
      await expired
      await Self.refuses("etcdserver: requested lease not found") { _ = try await Self.lock(server, 9) }
      await Self.refuses("etcdserver: key is not provided") {
        _ = try await server.client.unary(GRPCMethod(Etcd.Lock.unlock), .init())
      }
      // Without a lease it is held for a minute.
      let lone = try await Self.lock(server, 0)
      let name = try #require(Int64(String(decoding: lone.key.dropFirst(2), as: UTF8.self), radix: 16))
      let lease = try await server.client.unary(GRPCMethod(Etcd.Lease.timeToLive), .init(id: name))
      #expect(lease.grantedTTL == 60)
    }
  }

  @Test("An election: who has waited longest leads, proclaims and resigns, and observers see each of it")
  func election() async throws {
    try await TestServer.with { server in
      let client = server.client
      try await Self.grant(server, 5, 6)
      await Self.refuses("election: no leader") {
        _ = try await client.unary(GRPCMethod(Etcd.Election.leader), .init(name: .init("e")))
      }
      try await client.streaming(GRPCMethod(Etcd.Election.observe)) { stream in
        try await stream.requests.write(.init(name: .init("e")))
        stream.endRequests()
        func next() async throws -> String {
          let kv = try #require(try await stream.responses.next()?.keyValue)
          return "\(String(decoding: kv.key, as: UTF8.self)) \(String(decoding: kv.value, as: UTF8.self))"
        }
        let campaign = GRPCMethod(Etcd.Election.campaign)
        let won = try await client.unary(campaign, .init(name: .init("e"), lease: 5, value: .init("1")))
        let leader = try #require(won.leader)
        #expect(leader == .init(name: .init("e"), key: .init("e/5"), revision: 2, lease: 5))
        #expect(won.header?.revision == 2)
        #expect(try await next() == "e/5 1")
        async let successor = client.unary(campaign, .init(name: .init("e"), lease: 6, value: .init("w")))
        try await Self.isWaiting("e/6", server)
        _ = try await client.unary(campaign, .init(name: .init("e"), lease: 5, value: .init("2")))
        #expect(try await next() == "e/5 2")
        _ = try await client.unary(GRPCMethod(Etcd.Election.proclaim), .init(leader: leader, value: .init("3")))
        #expect(try await next() == "e/5 3")
        let now = try await client.unary(GRPCMethod(Etcd.Election.leader), .init(name: .init("e")))
        #expect(now.keyValue?.value == .init("3"))
        for _ in 0..<2 { _ = try await client.unary(GRPCMethod(Etcd.Election.resign), .init(leader: leader)) }
        #expect(try await successor.leader?.key == .init("e/6"))
        #expect(try await next() == "e/6 w")
        await Self.refuses("election: not leader") {
          _ = try await client.unary(GRPCMethod(Etcd.Election.proclaim), .init(leader: leader, value: .init("4")))
        }
        await Self.refuses("\"leader\" field must be provided") {
          _ = try await client.unary(GRPCMethod(Etcd.Election.resign), .init())
        }
      }
    }
  }
}
#endif
