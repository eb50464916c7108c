import EdgePrimitives
import Testing

@testable import DeviceTwinKit

@Suite("Merging twin documents")
struct TwinMergeTests {
  @Test("merging is commutative, associative and idempotent", arguments: [1, 20, 300, 4000, 20_261_123] as [UInt64])
  func laws(seed: UInt64) {
    print("twin merge laws, seed \(seed)")
    let entropy = SeededEntropy(seed: seed)
    for _ in 0..<300 {
      let (a, b, c) = (randomDocument(entropy), randomDocument(entropy), randomDocument(entropy))
      #expect(a.merging(b) == b.merging(a), "seed \(seed)")
      #expect(a.merging(b).merging(c) == a.merging(b.merging(c)), "seed \(seed)")
      #expect(a.merging(a) == a, "seed \(seed)")
      #expect(a.merging(b).merging(b) == a.merging(b), "seed \(seed)")
    }
  }

  @Test("doubt about a value wins over the value at the same time, a new observation wins over doubt")
  func doubt() {
    let time = HybridTimestamp(wallMilliseconds: 5, counter: 0, node: "a")
    let later = HybridTimestamp(wallMilliseconds: 6, counter: 0, node: "a")
    func document(_ value: TwinValue) -> TwinDocument {
      TwinDocument(properties: [Sample.temperature: PropertyTwin(reported: value)])
    }
    let good = TwinValue(value: .int(1), timestamp: time, quality: .good)
    let stale = TwinValue(value: .int(1), timestamp: time, quality: .stale)
    let fresh = TwinValue(value: .int(1), timestamp: later, quality: .good)
    #expect(document(good).merging(document(stale)) == document(stale))
    #expect(document(stale).merging(document(fresh)) == document(fresh))
  }

  @Test("two replicas that exchange their documents in any order hold the same desired value: the causally later one")
  func replicas() {
    var edge = Sample.twin(node: "edge")
    var cloud = Sample.twin(node: "cloud")
    _ = cloud.setDesired("20", for: Sample.setPoint, now: Sample.time(0))
    _ = edge.merge(cloud.document, now: Sample.time(1))
    // The edge's wall clock runs an hour behind; its wish still comes after the one it has seen.
    _ = edge.setDesired("25", for: Sample.setPoint, now: Sample.time(-3600))
    let edgeDocument = edge.document
    _ = edge.merge(cloud.document, now: Sample.time(-3599))
    _ = cloud.merge(edgeDocument, now: Sample.time(2))
    #expect(edge.properties[Sample.setPoint]?.desired?.text == "25")
    #expect(cloud.properties[Sample.setPoint]?.desired?.text == "25")
  }

  @Test("a value from a clock far in the future is left out, the rest of the document is taken")
  func future() {
    let year2100 = HybridTimestamp(wallMilliseconds: 4_102_444_800_000, counter: 0, node: "broken")
    let sane = HybridTimestamp(wallMilliseconds: Sample.time(0).millisecondsSinceEpoch, counter: 0, node: "sane")
    var twin = Sample.twin()
    _ = twin.merge(
      TwinDocument(properties: [
        Sample.setPoint: PropertyTwin(
          desired: DesiredValue(text: "30", version: year2100, state: .pending),
          reported: TwinValue(value: .int(3), timestamp: sane, quality: .good))
      ]), now: Sample.time(1))
    #expect(twin.properties[Sample.setPoint]?.desired == nil)
    #expect(twin.properties[Sample.setPoint]?.reported?.value == .int(3))
    #expect(twin.setDesired("31", for: Sample.setPoint, stamp: year2100, now: Sample.time(2)).count == 1)
    #expect(twin.properties[Sample.setPoint]?.desired == nil)
  }

  // Few distinct times and values, so that ties of every kind occur.
  private func randomDocument(_ entropy: SeededEntropy) -> TwinDocument {
    func stamp() -> HybridTimestamp {
      HybridTimestamp(
        wallMilliseconds: Int64(entropy.next(below: 3)), counter: UInt32(entropy.next(below: 2)),
        node: ["a", "b"][Int(entropy.next(below: 2))])
    }
    func value() -> PropertyValue {
      [.int(1), .int(2), .double(1), .double(-0.0), .double(0), .string("1"), .bool(true), .bytes([1])][
        Int(entropy.next(below: 8))]
    }
    func state() -> DesiredState {
      [
        .pending, .attempted(before: nil), .attempted(before: value()), .applied, .clamped(actual: value()),
        .refused(reason: "r"), .expired, .cleared,
      ][Int(entropy.next(below: 8))]
    }
    func quality() -> ValueQuality {
      [.good, .stale, .bad(reason: "x"), .bad(reason: "y")][Int(entropy.next(below: 4))]
    }
    var properties: [PropertyName: PropertyTwin] = [:]
    for name in [Sample.temperature, Sample.setPoint, Sample.name("third")] where entropy.next(below: 4) > 0 {
      properties[name] = PropertyTwin(
        desired: entropy.next(below: 3) == 0
          ? nil
          : DesiredValue(
            text: [nil, "1", "2"][Int(entropy.next(below: 3))], version: stamp(),
            expiresAt: entropy.next(below: 2) == 0 ? nil : Timestamp(nanosecondsSinceEpoch: 7), state: state(),
            changedAt: stamp()),
        reported: entropy.next(below: 3) == 0
          ? nil : TwinValue(value: value(), timestamp: stamp(), quality: quality()))
    }
    let condition = DeviceCondition(
      state: DeviceState.allCases[Int(entropy.next(below: 5))], reason: ["", "r"][Int(entropy.next(below: 2))],
      lastOnline: entropy.next(below: 2) == 0 ? nil : Timestamp(nanosecondsSinceEpoch: 9), timestamp: stamp())
    return TwinDocument(properties: properties, condition: condition)
  }
}
