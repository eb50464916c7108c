#if Networking
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgePrimitives
import NIOCore
import NIOPosix
import Testing

@Suite("Modbus over TCP", .timeLimit(.minutes(1)))
struct ModbusSocketTests {
  @Test("what a client writes is what it reads, for every function of the kit")
  func exchange() async throws {
    try await withServer(TestBank()) { port in
      let client = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port)
      #expect(try await client.send(.writeRegister(address: 3, 0xBEEF), unit: 1) == .written)
      #expect(try await client.send(.writeRegisters(address: 4, [1, 2]), unit: 1) == .written)
      let registers = try await client.send(.read(.holdingRegisters, address: 3, count: 3), unit: 1)
      #expect(registers == .registers([0xBEEF, 1, 2]))
      #expect(try await client.send(.writeCoil(address: 9, true), unit: 1) == .written)
      #expect(try await client.send(.writeCoils(address: 11, [true, true, false]), unit: 1) == .written)
      let coils = try await client.send(.read(.coils, address: 9, count: 5), unit: 1)
      #expect(coils == .bits([true, false, true, true, false]))
      await client.close()
      await #expect(throws: ModbusError.self) { try await client.send(.writeCoil(address: 9, true), unit: 1) }
    }
  }

  @Test("an exception is an error that names it, and the connection goes on")
  func exceptions() async throws {
    try await withServer(TestBank(holes: [50..<60])) { port in
      let client = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port)
      await #expect {
        _ = try await client.send(.read(.holdingRegisters, address: 48, count: 4), unit: 1)
      } throws: {
        ($0 as? ModbusError)?.exception == .illegalDataAddress
      }
      await #expect {
        _ = try await client.send(.read(.holdingRegisters, address: 0, count: 1), unit: 9)
      } throws: {
        ($0 as? ModbusError)?.exception == .gatewayTargetSilent
      }
      #expect(try await client.send(.read(.holdingRegisters, address: 7, count: 1), unit: 1) == .registers([7]))
      await client.close()
    }
  }

  @Test("many tasks may share a client; each gets its own answer")
  func concurrent() async throws {
    try await withServer(TestBank()) { port in
      for inFlight in [1, 8] {
        var configuration = ModbusTCPClient.Configuration()
        configuration.maximumInFlight = inFlight
        let client = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port, configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          for address in 0..<50 as Range<UInt16> {
            tasks.addTask {
              let answer = try await client.send(.read(.holdingRegisters, address: address, count: 1), unit: 1)
              #expect(answer == .registers([address]))
            }
          }
          try await tasks.waitForAll()
        }
        await client.close()
      }
    }
  }

  @Test("a device that does not answer is a timeout, a cancelled caller does not wait for it")
  func silence() async throws {
    try await withSilentPeer { port in
      var configuration = ModbusTCPClient.Configuration()
      configuration.requestTimeout = .milliseconds(50)
      let client = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port, configuration: configuration)
      await #expect {
        _ = try await client.send(.read(.coils, address: 0, count: 1), unit: 1)
      } throws: {
        ($0 as? ModbusError)?.code == .timeout
      }
      await client.close()
      configuration.requestTimeout = .seconds(60)
      let patient = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port, configuration: configuration)
      let call = Task { try await patient.send(.read(.coils, address: 0, count: 1), unit: 1) }
      try await Task.sleep(for: .milliseconds(20))
      call.cancel()
      await #expect {
        _ = try await call.value
      } throws: {
        ($0 as? ModbusError)?.code == .cancelled
      }
      await patient.close()
    }
  }

  @Test("a port that nobody serves is a closed connection")
  func nobody() async throws {
    let port = try await withServer(TestBank()) { $0 }
    await #expect {
      _ = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port)
    } throws: {
      ($0 as? ModbusError)?.code == .closed
    }
  }

  @Test("the server closes what is not Modbus and refuses connections beyond its limit; others go on")
  func serverLimits() async throws {
    var configuration = ModbusServer.Configuration()
    configuration.maximumConnections = 1
    try await withServer(TestBank(), configuration: configuration) { port in
      let client = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port)
      #expect(try await client.send(.read(.holdingRegisters, address: 7, count: 1), unit: 1) == .registers([7]))
      let second = try await ModbusTCPClient.connect(host: "127.0.0.1", port: port)
      await #expect(throws: ModbusError.self) {
        try await second.send(.read(.holdingRegisters, address: 7, count: 1), unit: 1)
      }
      #expect(try await client.send(.read(.holdingRegisters, address: 8, count: 1), unit: 1) == .registers([8]))
      await client.close()
    }
    try await withServer(TestBank()) { port in
      let stranger = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port).get()
      try await stranger.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
      try await stranger.closeFuture.get()
    }
  }

  @Test("the driver reads neighbouring values in one request")
  func driver() async throws {
    let simulator = SensorSimulator(temperature: 22, humidity: 51, entropy: SeededEntropy(seed: 3))
    try await withServer(simulator) { port in
      let definition = try Sample.definition(port: port)
      let driver = try ModbusDriver(definition: definition)
      try await driver.connect()
      let readings = try await driver.read(definition.properties.map(\.name))
      #expect(readings[Sample.temperature] == .value(.int(22)))
      #expect(readings[Sample.name("humidity")] == .value(.int(51)))
      #expect(readings[Sample.setPoint] == .value(.int(21)))
      #expect(try await driver.write(Sample.setPoint, .int(50)) == .int(40))
      #expect(simulator.setPoint == 40)
      await #expect {
        _ = try await driver.write(Sample.temperature, .int(1))
      } throws: {
        ($0 as? DriverError)?.code == .refused
      }
      await driver.close()
    }
  }

  /// Accepts connections and says nothing.
  private func withSilentPeer(_ body: (Int) async throws -> Void) async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      try await body(try #require(server.localAddress?.port))
    } catch {
      try await server.close()
      throw error
    }
    try await server.close()
  }
}
#endif
