#if Networking
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgePrimitives
import Testing

@Suite("Device mapper with a simulated sensor over TCP", .timeLimit(.minutes(1)))
struct DeviceMapperTests {
  let temperature = Sample.temperature
  let setPoint = Sample.setPoint

  private func state(_ owner: Owner) -> DesiredState? { owner.last?.properties[setPoint]?.desired?.state }

  @Test("readings arrive, and a set point that becomes desired while running is applied")
  func applied() async throws {
    let simulator = SensorSimulator(temperature: 20, entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    try await withServer(simulator) { port in
      let mapper = makeMapper(try Sample.definition(port: port), owner: owner)
      try await running(mapper) {
        try await eventually("the first reading") { owner.last?.properties[temperature]?.reported?.value == .int(20) }
        #expect(owner.last?.state == .online)
        mapper.update(definition: try Sample.definition(port: port, desired: "25"))
        try await eventually("applied") { state(owner) == .applied }
        #expect(simulator.setPoint == 25)
        #expect(mapper.setDesired("30", for: setPoint))
        #expect(!mapper.setDesired("30", for: Sample.name("nothing")))
        try await eventually("set at the edge") { simulator.setPoint == 30 && state(owner) == .applied }
      }
      #expect(mapper.counters.connections == 1)
      #expect(mapper.counters.writes == 2)
    }
    #expect(simulator.setPointWrites == 2)
    #expect(owner.last?.properties[temperature]?.reported?.quality == .stale, "a stopped mapper leaves stale values")
  }

  @Test("the attempt is stored before the device is written")
  func storedBeforeWrite() async throws {
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    try await withServer(simulator) { port in
      var writesSeen: [Int] = []
      let mapper = makeMapper(try Sample.definition(port: port, desired: "25"), owner: owner)
      try await running(mapper) { try await eventually("applied") { state(owner) == .applied } }
      for change in owner.changes {
        if case .attempted(before: .int(21)) = change.twin.properties[setPoint]?.desired?.state {
          if case .int(let writes)? = change.twin.properties[Sample.name("writes")]?.reported?.value {
            writesSeen.append(Int(writes))
          }
        }
      }
      #expect(writesSeen.first == 0)
    }
  }

  @Test("FF-03 a desired value is written exactly once, however often the mapper is started again")
  func restarts() async throws {
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    try await withServer(simulator) { port in
      let definition = try Sample.definition(port: port, desired: "25")
      for life in 0..<4 {
        let mapper = makeMapper(definition, owner: owner, restoring: try owner.snapshot())
        try await running(mapper) {
          try await eventually("applied in life \(life)") {
            state(owner) == .applied && owner.last?.properties[temperature]?.reported?.quality == .good
          }
          // Somebody turns the knob while the device is watched: that stands, in this life and the later ones.
          if life == 1 { simulator.turnKnob(to: 18) }
          try await eventually("the set point is seen in life \(life)") {
            owner.last?.properties[setPoint]?.reported?.value == .int(life == 0 ? 25 : 18)
          }
          try await Task.sleep(for: .milliseconds(120))
        }
      }
    }
    #expect(simulator.setPointWrites == 1)
    #expect(simulator.setPoint == 18)
  }

  @Test(
    "a crash after the write and before its outcome was stored does not lead to a second write", arguments: [25, 50])
  func crash(desired: Int) async throws {
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    try await withServer(simulator) { port in
      let definition = try Sample.definition(port: port, desired: "\(desired)")
      try await running(makeMapper(definition, owner: owner)) {
        try await eventually("settled") { state(owner)?.isOpen == false }
      }
      #expect(simulator.setPointWrites == 1)
      // The last snapshot that was stored before the outcome: what a crash would have left.
      let attempt = try #require(
        owner.changes.last { $0.twin.properties[setPoint]?.desired?.state.isOpen == true }?.twin.snapshot)
      let next = Owner()
      try await running(makeMapper(definition, owner: next, restoring: attempt)) {
        try await eventually("settled again") { state(next)?.isOpen == false }
      }
      #expect(state(next) == (desired == 25 ? .applied : .clamped(actual: .int(40))))
    }
    #expect(simulator.setPointWrites == 1)
  }

  @Test("what the device clamps is clamped, what the model forbids is refused without a write")
  func clampedAndRefused() async throws {
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    try await withServer(simulator) { port in
      let mapper = makeMapper(try Sample.definition(port: port, desired: "50"), owner: owner)
      try await running(mapper) {
        try await eventually("clamped") { state(owner) == .clamped(actual: .int(40)) }
        mapper.update(definition: try Sample.definition(port: port, desired: "61"))
        try await eventually("refused") { state(owner) == .refused(reason: "61 is above the maximum 60") }
        mapper.setDesired("22", for: temperature)
        try await eventually("read-only") {
          owner.last?.properties[temperature]?.desired?.state == .refused(reason: "the property is read-only")
        }
      }
    }
    #expect(simulator.setPointWrites == 1)
  }

  @Test(
    "FF-06 FF-19 a device that goes away leaves stale values; when it is back they are good and the delta is written")
  func awayAndBack() async throws {
    let simulator = SensorSimulator(temperature: 20, entropy: SeededEntropy(seed: 1))
    let owner = Owner()
    let reserved = try await withServer(simulator) { $0 }
    let mapper = makeMapper(try Sample.definition(port: reserved), owner: owner)
    try await running(mapper) {
      try await withServer(simulator, port: reserved) { _ in
        try await eventually("good") { owner.last?.properties[temperature]?.reported?.quality == .good }
      }
      try await eventually("stale") { owner.last?.properties[temperature]?.reported?.quality == .stale }
      let stale = try #require(owner.last?.properties[temperature]?.reported)
      #expect(stale.value == .int(20))
      #expect(owner.last?.state == .offline)
      mapper.setDesired("26", for: setPoint)
      try await eventually("pending while away") { state(owner) == .pending && mapper.counters.connectFailures > 0 }
      try await withServer(simulator, port: reserved) { _ in
        try await eventually("applied after the return") {
          state(owner) == .applied && owner.last?.properties[temperature]?.reported?.quality == .good
        }
        #expect(try #require(owner.last?.properties[temperature]?.reported).timestamp > stale.timestamp)
        #expect(owner.last?.state == .online)
      }
    }
    #expect(simulator.setPointWrites == 1)
  }

  @Test("FF-07 a changed status does not make the mapper connect again; a changed address does")
  func reconnectOnlyForSpec() async throws {
    let owner = Owner()
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    try await withServer(simulator) { port in
      try await withServer(simulator) { otherPort in
        let mapper = makeMapper(try Sample.definition(port: port), owner: owner)
        try await running(mapper) {
          try await eventually("online") { owner.last?.state == .online }
          for state in ["ok", "online", "offline"] {
            mapper.update(definition: try Sample.definition(port: port, status: #"{"state":"\#(state)"}"#))
            try await Task.sleep(for: .milliseconds(60))
          }
          #expect(mapper.counters.connections == 1)
          mapper.update(definition: try Sample.definition(port: otherPort))
          try await eventually("connected to the other port") { mapper.counters.connections == 2 }
        }
      }
    }
  }

  @Test("a definition that no driver takes makes the device offline with the reason, until a better one comes")
  func badDefinition() async throws {
    let owner = Owner()
    try await withServer(SensorSimulator(entropy: SeededEntropy(seed: 1))) { port in
      var broken = try Sample.definition(port: port)
      broken.protocolName = "telepathy"
      let mapper = makeMapper(broken, owner: owner)
      try await running(mapper) {
        try await eventually("reason") { owner.last?.condition.reason.contains("telepathy") == true }
        mapper.update(definition: try Sample.definition(port: port))
        try await eventually("online") { owner.last?.state == .online }
      }
    }
  }

  @Test("FF-22 a slow owner slows the poller down; what is left out is counted")
  func backPressure() async throws {
    let owner = Owner()
    let simulator = SensorSimulator(entropy: SeededEntropy(seed: 1))
    try await withServer(simulator) { port in
      let mapper = Mapper(
        definition: try Sample.definition(port: port, cycle: 10), makeDriver: { try ModbusDriver(definition: $0) },
        clock: ContinuousClock(), wallClock: SystemWallClock(), entropy: SeededEntropy(seed: 1), nodeTag: "edge-1"
      ) { change in
        owner.store(change)
        try? await Task.sleep(for: .milliseconds(100))
      }
      try await running(mapper) {
        for step in 0..<5 {
          simulator.turnKnob(to: 10 + step)
          try await Task.sleep(for: .milliseconds(80))
        }
        try await eventually("cycles were left out") { mapper.counters.skippedCycles > 0 }
        try await eventually("the newest value arrives") {
          owner.last?.properties[setPoint]?.reported?.value == .int(14)
        }
      }
    }
  }

  @Test("an idle device with steady values causes no reports between refreshes")
  func quiet() async throws {
    let owner = Owner()
    try await withServer(SensorSimulator(entropy: SeededEntropy(seed: 1))) { port in
      let mapper = makeMapper(try Sample.definition(port: port), owner: owner)
      try await running(mapper) {
        try await eventually("online") { owner.last?.state == .online }
        let before = owner.changes.count
        let reads = mapper.counters.reads
        try await eventually("ten polls") { mapper.counters.reads >= reads + 10 }
        #expect(owner.changes.count == before)
      }
    }
  }
}
#endif
