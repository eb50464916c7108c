#if Networking
import EdgeGRPC
import Testing

@Suite struct HealthTests {
  @Test("Check tells the status of a service and does not know others")
  func check() async throws {
    let health = HealthService()
    var services = GRPCServices()
    health.register(in: &services)
    health.set(.notServing, for: "etcdserverpb.KV")
    try await Echo.withServer(services) { port, _ in
      let connection = try await Echo.connect(port)
      let check = GRPCMethod(Health.check)
      #expect(try await connection.unary(check, HealthCheckRequest()).status == .serving)
      #expect(
        try await connection.unary(check, HealthCheckRequest(service: "etcdserverpb.KV")).status == .notServing)
      let error = await #expect(throws: GRPCCallError.self) {
        try await connection.unary(check, HealthCheckRequest(service: "x"))
      }
      #expect(error?.code == .notFound)
      await connection.close()
    }
  }

  @Test("Watch tells the status at once and at each change")
  func watch() async throws {
    let health = HealthService()
    var services = GRPCServices()
    health.register(in: &services)
    try await Echo.withServer(services) { port, _ in
      let connection = try await Echo.connect(port)
      try await connection.streaming(GRPCMethod(Health.watch)) { stream in
        try await stream.requests.write(HealthCheckRequest(service: "a"))
        stream.endRequests()
        #expect(try await stream.responses.next()?.status == .serviceUnknown)
        health.set(.serving, for: "a")
        #expect(try await stream.responses.next()?.status == .serving)
        health.set(.notServing, for: "a")
        #expect(try await stream.responses.next()?.status == .notServing)
      }
      await connection.close()
    }
  }
}
#endif
