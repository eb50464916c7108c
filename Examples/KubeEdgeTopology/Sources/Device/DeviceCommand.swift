#if Networking && SQLite && YAML
import ArgumentParser
import DeviceTwinKitModbus
import EdgePrimitives
import NIOPosix

struct DeviceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device", abstract: "Run a Modbus TCP device: a room with a sensor and a set point.",
    discussion: """
      Input registers: 0 temperature (degC), 1 humidity (%), 2 writes to the set point so far, 3 uptime (s). Holding \
      registers: 0 set point (degC, kept within 5 to 40), 1 alarm threshold. Coil 0: heater. Discrete input 0: alarm.
      """)

  @Option(help: "Address to listen on; port 0 takes any free one.")
  var listen = Endpoint(host: "127.0.0.1", port: 1502)
  @Option(help: "Seed of the drift, for runs that repeat; random if not given.")
  var seed: UInt64?
  @OptionGroup var log: LogOptions

  func run() async throws {
    let logger = log.makeLogger("device")
    let entropy: any EntropySource = if let seed { SeededEntropy(seed: seed) } else { SystemEntropy() }
    let simulator = SensorSimulator(entropy: entropy)
    let server = ModbusServer(
      host: listen.host, port: listen.port, bank: simulator, group: MultiThreadedEventLoopGroup.singleton,
      logger: logger)
    try await runUntilStopped(
      [
        CancellableService { await simulator.run() },
        CancellableService { try await server.run { host, port in printReady("\(Endpoint(host: host, port: port))") } },
      ], logger: logger)
  }
}
#endif
