import DeviceTwinKit
import EdgePrimitives
import Testing

@Suite("Device twin")
struct DeviceTwinTests {
  let temperature = Sample.temperature
  let setPoint = Sample.setPoint

  private func version(_ twin: DeviceTwin) throws -> HybridTimestamp {
    try #require(twin.properties[setPoint]?.desired?.version)
  }

  private func state(_ twin: DeviceTwin) -> DesiredState? { twin.properties[setPoint]?.desired?.state }

  private func connectedTwin() -> DeviceTwin {
    var twin = Sample.twin()
    _ = twin.deviceConnected(now: Sample.time(0))
    _ = twin.readingsArrived([temperature: .value(.int(20)), setPoint: .value(.int(21))], now: Sample.time(0))
    return twin
  }

  @Test("a desired value is stored, read against, stored as attempted, written once and then applied")
  func applied() throws {
    var twin = connectedTwin()
    #expect(twin.setDesired("25", for: setPoint, now: Sample.time(1)) == [.publish([setPoint]), .read([setPoint])])
    let version = try version(twin)
    #expect(
      twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
        == [.publish([setPoint]), .write(setPoint, .int(25), version: version)])
    #expect(state(twin) == .attempted(before: .int(21)))
    // Another poll while the write is under way does not write again.
    #expect(twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1)) == [])
    #expect(
      twin.writeFinished(setPoint, version: version, outcome: .readBack(.int(25)), now: Sample.time(2))
        == [.publish([setPoint])])
    #expect(state(twin) == .applied)
    #expect(twin.delta.isEmpty)
    // Somebody turns the knob: the applied version is not written again.
    #expect(twin.readingsArrived([setPoint: .value(.int(18))], now: Sample.time(3)) == [.report([setPoint])])
    #expect(state(twin) == .applied)
  }

  @Test("a device that holds the desired value already is not written")
  func alreadyThere() {
    var twin = connectedTwin()
    _ = twin.setDesired("21", for: setPoint, now: Sample.time(1))
    #expect(twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1)) == [.publish([setPoint])])
    #expect(state(twin) == .applied)
  }

  @Test("a value that the device changed is clamped and says what the device holds")
  func clamped() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("50", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    let version = try version(twin)
    _ = twin.writeFinished(setPoint, version: version, outcome: .readBack(.int(40)), now: Sample.time(2))
    #expect(state(twin) == .clamped(actual: .int(40)))
    #expect(twin.properties[setPoint]?.reported?.value == .int(40))
    #expect(twin.readingsArrived([setPoint: .value(.int(40))], now: Sample.time(3)) == [])
  }

  @Test("what the schema forbids is refused with its reason and never read or written")
  func refused() {
    var twin = connectedTwin()
    #expect(twin.setDesired("99", for: setPoint, now: Sample.time(1)) == [.publish([setPoint])])
    #expect(state(twin) == .refused(reason: "99 is above the maximum 60"))
    #expect(twin.setDesired("30", for: temperature, now: Sample.time(1)) == [.publish([temperature])])
    #expect(twin.properties[temperature]?.desired?.state == .refused(reason: "the property is read-only"))
    #expect(
      twin.setDesired("1", for: Sample.name("nothing"), now: Sample.time(1))
        == [.refuse(Sample.name("nothing"), reason: "the device has no such property")])
    #expect(twin.delta.isEmpty)
  }

  @Test("a refusal of the device ends the desired value; a lost answer keeps it open")
  func deviceRefuses() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    let version = try version(twin)
    #expect(
      twin.writeFinished(setPoint, version: version, outcome: .unknown(reason: "timeout"), now: Sample.time(2)) == [])
    #expect(twin.delta == [setPoint])
    // The next poll shows that the write never arrived: it is sent again, without another store of the same attempt.
    #expect(
      twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(3))
        == [.write(setPoint, .int(25), version: version)])
    _ = twin.writeFinished(setPoint, version: version, outcome: .refused(reason: "locked"), now: Sample.time(4))
    #expect(state(twin) == .refused(reason: "locked"))
  }

  @Test("FF-01 a write whose answer was lost in a crash is not repeated: the device is read first")
  func crashAfterWrite() throws {
    for (held, expected) in [(25, DesiredState.applied), (23, .clamped(actual: .int(23)))] {
      var twin = connectedTwin()
      _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
      _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
      var next = Sample.twin(restoring: try TwinSnapshot(bytes: twin.snapshot.bytes))
      #expect(next.deviceConnected(now: Sample.time(9)) == [.read([temperature, setPoint])])
      #expect(
        next.readingsArrived([setPoint: .value(.int(Int64(held)))], now: Sample.time(9)) == [.publish([setPoint])])
      #expect(state(next) == expected)
    }
  }

  @Test("a write that never arrived before a crash is sent by the next life")
  func crashBeforeWrite() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    var next = Sample.twin(restoring: try TwinSnapshot(bytes: twin.snapshot.bytes))
    _ = next.deviceConnected(now: Sample.time(9))
    #expect(
      next.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(9)) == [
        .publish([setPoint]), .write(setPoint, .int(25), version: try version(twin)),
      ])
  }

  @Test("FF-19 what became desired while the device was away is delivered after every reconnect")
  func reconnect() throws {
    var twin = connectedTwin()
    _ = twin.deviceLost(reason: "gone", now: Sample.time(1))
    #expect(twin.setDesired("25", for: setPoint, now: Sample.time(2)) == [.publish([setPoint])])
    for second in [3, 5] as [Int64] {
      #expect(twin.deviceConnected(now: Sample.time(second)) == [.read([temperature, setPoint])])
      let directives = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(second))
      #expect(directives.last == .write(setPoint, .int(25), version: try version(twin)))
      _ = twin.deviceLost(reason: "gone again", now: Sample.time(second + 1))
    }
    #expect(twin.delta == [setPoint])
  }

  @Test("FF-19 a device that comes back without the value it held is brought to it again, once for each return")
  func lostValue() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    _ = twin.writeFinished(setPoint, version: try version(twin), outcome: .readBack(.int(25)), now: Sample.time(2))
    #expect(state(twin) == .applied)
    for second in [3, 6] as [Int64] {
      _ = twin.deviceLost(reason: "no power", now: Sample.time(second))
      _ = twin.deviceConnected(now: Sample.time(second + 1))
      let directives = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(second + 1))
      #expect(directives.last == .write(setPoint, .int(25), version: try version(twin)))
      #expect(state(twin) == .attempted(before: .int(21)))
      _ = twin.writeFinished(
        setPoint, version: try version(twin), outcome: .readBack(.int(25)), now: Sample.time(second + 2))
      #expect(state(twin) == .applied)
    }
  }

  @Test("what somebody sets at the device while it is watched stands, also after the device was away")
  func localChange() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    _ = twin.writeFinished(setPoint, version: try version(twin), outcome: .readBack(.int(25)), now: Sample.time(2))
    #expect(twin.readingsArrived([setPoint: .value(.int(18))], now: Sample.time(3)) == [.report([setPoint])])
    _ = twin.deviceLost(reason: "gone", now: Sample.time(4))
    _ = twin.deviceConnected(now: Sample.time(5))
    #expect(twin.readingsArrived([setPoint: .value(.int(18))], now: Sample.time(5)) == [.publish([setPoint])])
    #expect(state(twin) == .applied)
  }

  @Test("FF-06 a lost device leaves its last values, stale and with their timestamps; they become good when read again")
  func stale() throws {
    var twin = connectedTwin()
    let before = try #require(twin.properties[temperature]?.reported)
    #expect(twin.deviceLost(reason: "gone", now: Sample.time(60)) == [.publish([temperature, setPoint])])
    let stale = try #require(twin.properties[temperature]?.reported)
    #expect(stale == TwinValue(value: before.value, timestamp: before.timestamp, quality: .stale))
    #expect(twin.state == .offline)
    #expect(twin.condition.lastOnline == Sample.time(0))
    #expect(twin.deviceLost(reason: "still gone", now: Sample.time(61)) == [])
    _ = twin.deviceConnected(now: Sample.time(62))
    #expect(
      twin.readingsArrived([temperature: .value(.int(20))], now: Sample.time(62)) == [.publish([temperature])])
    #expect(twin.properties[temperature]?.reported?.quality == .good)
    #expect(twin.state == .online)
  }

  @Test("a silent device is stale after three missed polls, not before")
  func missedCycles() {
    var twin = connectedTwin()
    #expect(twin.readMissed([temperature], reason: "timeout", now: Sample.time(1)) == [])
    #expect(twin.readMissed([temperature], reason: "timeout", now: Sample.time(2)) == [])
    #expect(twin.readMissed([temperature], reason: "timeout", now: Sample.time(3)) == [.publish([temperature])])
    #expect(twin.properties[temperature]?.reported?.quality == .stale)
    #expect(twin.properties[setPoint]?.reported?.quality == .good)
    #expect(twin.state == .unhealthy)
  }

  @Test("a property that the device cannot give keeps its last value with bad quality; the others go on")
  func badReading() {
    var twin = connectedTwin()
    let readings: [PropertyName: Reading] = [temperature: .bad(reason: "no sensor"), setPoint: .value(.int(22))]
    #expect(twin.readingsArrived(readings, now: Sample.time(1)) == [.report([temperature, setPoint])])
    #expect(twin.properties[temperature]?.reported?.value == .int(20))
    #expect(twin.properties[temperature]?.reported?.quality == .bad(reason: "no sensor"))
    #expect(twin.state == .online)
  }

  @Test("FF-18 a desired value expires when its time runs out before the device could be asked")
  func expired() {
    var twin = Sample.twin()
    _ = twin.setDesired("25", for: setPoint, expiresAt: Sample.time(10), now: Sample.time(1))
    #expect(twin.nextExpiry == Sample.time(10))
    #expect(twin.clockAdvanced(now: Sample.time(9)) == [])
    #expect(twin.clockAdvanced(now: Sample.time(10)) == [.publish([setPoint])])
    #expect(state(twin) == .expired)
    _ = twin.deviceConnected(now: Sample.time(11))
    let directives = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(11))
    #expect(directives == [.publish([setPoint])])
  }

  @Test("FF-18 a desired value can be withdrawn, also while its write is under way")
  func cleared() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    let version = try version(twin)
    _ = twin.setDesired(nil, for: setPoint, now: Sample.time(2))
    #expect(
      twin.writeFinished(setPoint, version: version, outcome: .readBack(.int(25)), now: Sample.time(3))
        == [.report([setPoint])])
    #expect(state(twin) == .cleared)
  }

  @Test("a newer desired value that comes during a write is settled by a new reading")
  func replaced() throws {
    var twin = connectedTwin()
    _ = twin.setDesired("25", for: setPoint, now: Sample.time(1))
    _ = twin.readingsArrived([setPoint: .value(.int(21))], now: Sample.time(1))
    let old = try version(twin)
    _ = twin.setDesired("30", for: setPoint, now: Sample.time(2))
    #expect(
      twin.writeFinished(setPoint, version: old, outcome: .readBack(.int(25)), now: Sample.time(3))
        == [.report([setPoint]), .read([setPoint])])
    #expect(
      twin.readingsArrived([setPoint: .value(.int(25))], now: Sample.time(3)).last
        == .write(setPoint, .int(30), version: try version(twin)))
  }

  @Test("a wish that is not later than the present one is ignored")
  func causalOrder() {
    var twin = Sample.twin()
    let late = HybridTimestamp(wallMilliseconds: Sample.time(5).millisecondsSinceEpoch, counter: 0, node: "cloud")
    let early = HybridTimestamp(wallMilliseconds: Sample.time(4).millisecondsSinceEpoch, counter: 9, node: "z")
    _ = twin.setDesired("25", for: setPoint, stamp: late, now: Sample.time(6))
    #expect(twin.setDesired("26", for: setPoint, stamp: early, now: Sample.time(7)) == [])
    #expect(twin.setDesired("27", for: setPoint, stamp: late, now: Sample.time(7)) == [])
    #expect(twin.properties[setPoint]?.desired?.text == "25")
  }

  @Test("the same Device object seen again is no new wish, also after a restart")
  func sameDefinition() throws {
    var twin = Sample.twin()
    let definition = try Sample.definition(desired: "25")
    #expect(twin.apply(definition, now: Sample.time(1)) == [.publish([setPoint])])
    let first = try version(twin)
    #expect(twin.apply(definition, now: Sample.time(2)) == [])
    var next = Sample.twin(restoring: try TwinSnapshot(bytes: twin.snapshot.bytes))
    #expect(next.apply(definition, now: Sample.time(3)) == [])
    #expect(try version(next) == first)
    _ = next.apply(try Sample.definition(desired: "26"), now: Sample.time(4))
    #expect(next.properties[setPoint]?.desired?.text == "26")
    _ = next.apply(try Sample.definition(), now: Sample.time(5))
    #expect(state(next) == .cleared)
  }

  @Test("a device object of another uid starts with a fresh twin whose clock goes on")
  func otherDevice() throws {
    let twin = connectedTwin()
    let other = DeviceTwin(
      identity: DeviceIdentity(namespace: "default", name: "sensor-01", uid: "u-2"), schemas: Sample.schemas,
      restoring: twin.snapshot, nodeTag: "edge-1")
    #expect(other.properties[temperature]?.reported == nil)
    #expect(other.snapshot.clock == twin.snapshot.clock)
  }
}
