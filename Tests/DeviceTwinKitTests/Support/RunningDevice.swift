#if Networking
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgePrimitives
import Logging
import Synchronization
import Testing

let quietLogger: Logger = {
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return logger
}()

/// Serves `bank` on a free port while `body` runs. `port` 0 takes any.
func withServer<Result: Sendable>(
  _ bank: any ModbusRegisterBank, port: Int = 0,
  configuration: ModbusServer.Configuration = ModbusServer.Configuration(),
  _ body: @Sendable (Int) async throws -> Result
) async throws -> Result {
  let (ports, found) = AsyncStream<Int>.makeStream()
  return try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask {
      defer { found.finish() }
      try await ModbusServer(port: port, bank: bank, configuration: configuration, logger: quietLogger)
        .run { _, port in found.yield(port) }
    }
    var iterator = ports.makeAsyncIterator()
    let bound = try #require(await iterator.next())
    let result = try await body(bound)
    tasks.cancelAll()
    return result
  }
}

/// What a node keeps of a mapper: each change, and the last snapshot as bytes.
final class Owner: Sendable {
  private let state = Mutex<(changes: [TwinChange], bytes: [UInt8]?)>(([], nil))

  func store(_ change: TwinChange) {
    state.withLock {
      $0.changes.append(change)
      $0.bytes = change.twin.snapshot.bytes
    }
  }

  var changes: [TwinChange] { state.withLock { $0.changes } }
  var last: DeviceTwin? { changes.last?.twin }
  func snapshot() throws -> TwinSnapshot? { try state.withLock { $0.bytes }.map { try TwinSnapshot(bytes: $0) } }
}

typealias Mapper = DeviceMapper<ContinuousClock>

func makeMapper(
  _ definition: DeviceDefinition, owner: Owner, restoring snapshot: TwinSnapshot? = nil
) -> Mapper {
  var configuration = MapperConfiguration()
  configuration.backoff = Backoff(base: .milliseconds(50), cap: .milliseconds(100))
  return Mapper(
    definition: definition, restoring: snapshot, makeDriver: { try ModbusDriver(definition: $0) },
    clock: ContinuousClock(), wallClock: SystemWallClock(), entropy: SeededEntropy(seed: 1), nodeTag: "edge-1",
    configuration: configuration, onChange: { owner.store($0) })
}

/// Runs the mapper while `body` runs, and waits for its end.
func running<Result: Sendable>(_ mapper: Mapper, _ body: @Sendable () async throws -> Result) async throws -> Result {
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask { await mapper.run() }
    do {
      let result = try await body()
      tasks.cancelAll()
      return result
    } catch {
      tasks.cancelAll()
      throw error
    }
  }
}

/// Waits until something holds, at most ten seconds.
func eventually(_ what: Comment, _ condition: () throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    if try condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record(what)
  throw CancellationError()
}
#endif
