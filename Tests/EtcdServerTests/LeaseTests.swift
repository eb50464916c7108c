#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Testing

@Suite struct LeaseTests {
  @Test("Grant, attach, ask, keep alive, list, revoke", arguments: Engine.allCases)
  func life(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      let granted = try await server.client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: 60))
      #expect(granted.id != 0 && granted.ttl == 60 && granted.header?.revision == 1)
      try await server.put("a", lease: granted.id)
      try await server.put("b", lease: granted.id)
      let status = try await server.client.unary(
        GRPCMethod(Etcd.Lease.timeToLive), .init(id: granted.id, keys: true))
      #expect(status.grantedTTL == 60 && (30...60).contains(status.ttl))
      #expect(status.keys == [[97], [98]])
      try await server.client.streaming(GRPCMethod(Etcd.Lease.keepAlive)) { stream in
        try await stream.requests.write(.init(id: granted.id))
        try await stream.requests.write(.init(id: 4711))
        let alive = try await stream.responses.next()
        let unknown = try await stream.responses.next()
        #expect(alive?.ttl == 60 && alive?.id == granted.id)
        #expect(unknown?.ttl == 0 && unknown?.id == 4711)
      }
      let list = try await server.client.unary(GRPCMethod(Etcd.Lease.leases), .init())
      #expect(list.leases.map(\.id) == [granted.id])
      try await server.watching { stream in
        try await stream.create(.init(key: [0], rangeEnd: [0]))
        let revoked = try await server.client.unary(GRPCMethod(Etcd.Lease.revoke), .init(id: granted.id))
        #expect(revoked.header?.revision == 4)
        let response = try await stream.next()
        #expect(response.events.map(\.type) == [.delete, .delete])
        #expect(response.events.allSatisfy { $0.kv?.modRevision == 4 })
      }
      let gone = try await server.client.unary(GRPCMethod(Etcd.Lease.timeToLive), .init(id: granted.id))
      #expect(gone.ttl == -1)
    }
  }

  @Test("Leases are listed in the order in which they end, not of their ids")
  func listOrder() async throws {
    try await TestServer.with { server in
      for (id, seconds) in [(7, 300), (5, 200), (6, 100)] as [(Int64, Int64)] {
        _ = try await server.client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: seconds, id: id))
      }
      func listed() async throws -> [Int64] {
        try await server.client.unary(GRPCMethod(Etcd.Lease.leases), .init()).leases.map(\.id)
      }
      #expect(try await listed() == [6, 5, 7])
      _ = try await server.client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: 100, id: 1))
      #expect(try await listed() == [6, 1, 5, 7])
    }
  }

  @Test("Leases are refused with etcd's errors: too long, in use, unknown")
  func refusals() async throws {
    try await TestServer.with { server in
      let grant = GRPCMethod(Etcd.Lease.grant)
      await server.refuses(.leaseTTLTooLarge) { _ = try await server.client.unary(grant, .init(ttl: 9_000_000_001)) }
      await server.refuses(.leaseTTLTooLarge) { _ = try await server.client.unary(grant, .init(ttl: .max)) }
      let own = try await server.client.unary(grant, .init(ttl: -5, id: 77))
      #expect(own.id == 77 && own.ttl == 2)
      await server.refuses(.leaseExists) { _ = try await server.client.unary(grant, .init(ttl: 10, id: 77)) }
      await server.refuses(.leaseNotFound) {
        _ = try await server.client.unary(GRPCMethod(Etcd.Lease.revoke), .init(id: 5))
      }
    }
  }
}
#endif
