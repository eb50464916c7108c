#if Networking && canImport(Glibc)
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import EdgeNodeAgent

@Suite("DeviceHost") struct DeviceHostTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func model() throws -> UnstructuredObject {
    try UnstructuredObject(
      parsing: Array(
        #"""
        {"apiVersion":"devices.kubeedge.io/v1beta1","kind":"DeviceModel","metadata":{"name":"m","namespace":"default"},
         "spec":{"protocol":"modbus","properties":[
          {"name":"temperature","type":"INT","accessMode":"ReadOnly"},
          {"name":"setpoint","type":"INT","accessMode":"ReadWrite"}]}}
        """#.utf8))
  }

  private func device(port: Int, desired: String, version: String) throws -> UnstructuredObject {
    try UnstructuredObject(
      parsing: Array(
        #"""
        {"apiVersion":"devices.kubeedge.io/v1beta1","kind":"Device",
         "metadata":{"name":"d","namespace":"default","uid":"u1","resourceVersion":"\#(version)"},
         "spec":{"deviceModelRef":{"name":"m"},"nodeName":"n1",
          "protocol":{"protocolName":"modbus","configData":{"ip":"127.0.0.1","port":\#(port),"slaveID":1}},
          "properties":[
           {"name":"temperature","collectCycle":20,"reportCycle":20,
            "visitors":{"protocolName":"modbus","configData":{"register":"InputRegister","offset":0,"limit":1}}},
           {"name":"setpoint","collectCycle":20,"reportCycle":20,"desired":{"value":"\#(desired)"},
            "visitors":{"protocolName":"modbus","configData":{"register":"HoldingRegister","offset":0,"limit":1}}}]}}
        """#.utf8))
  }

  @Test("FF-09 what becomes of a desired value is stored at once, readings of a drifting sensor hardly ever")
  func flash() async throws {
    let simulator = SensorSimulator(temperature: 10, entropy: SeededEntropy(seed: 1))
    let store = MemoryStore()
    let cache = try await ObjectCache.open(store: store)
    let link = MessageLink()
    let host = DeviceHost(
      node: try NodeName("n1"), cache: cache, store: store, reporter: UpstreamReporter(link: link),
      group: MultiThreadedEventLoopGroup.singleton, logger: logger)
    let ports = AsyncStream<Int>.makeStream()
    let server = ModbusServer(port: 0, bank: simulator, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run { _, port in ports.continuation.yield(port) } }
      group.addTask { await host.run() }
      defer { group.cancelAll() }
      var iterator = ports.stream.makeAsyncIterator()
      let port = try #require(await iterator.next())
      _ = try await cache.apply(.upsert(try model()))
      _ = try await cache.apply(.upsert(try device(port: port, desired: "30", version: "1")))
      let key = ObjectKey(resource: .devices, namespace: "default", name: "d")
      let (temperature, setPoint) = (try PropertyName("temperature"), try PropertyName("setpoint"))
      _ = try await eventually {
        host.twins[key]?.properties[setPoint]?.desired?.state == .applied && simulator.setPoint == 30 ? true : nil
      }
      let before = try await store.status().revision
      var seen: Set<PropertyValue> = []
      for _ in 0..<40 {
        simulator.advance()
        try await Task.sleep(for: .milliseconds(30))
        if let value = host.twins[key]?.properties[temperature]?.reported?.value { seen.insert(value) }
      }
      #expect(seen.count >= 3)
      let after = try await store.status().revision
      #expect(
        after.rawValue - before.rawValue <= 1, "\(seen.count) readings, \(after.rawValue - before.rawValue) writes")
      _ = try await cache.apply(.upsert(try device(port: port, desired: "12", version: "2")))
      _ = try await eventually { simulator.setPoint == 12 ? true : nil }
      let snapshot = try #require(try await store.get("/twins/default/d"))
      #expect(String(decoding: snapshot.value, as: UTF8.self).contains("12"))
    }
    #expect(simulator.setPointWrites == 2)
  }
}
#endif
