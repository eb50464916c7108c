import DeviceTwinKit
import EdgePrimitives
import Testing

@Suite("Read planner")
struct ReadPlannerTests {
  /// Reads everything as the driver does; returns the number of requests and the values that could not be had.
  private func readAll(
    _ values: [RegisterSpan], _ planner: inout ReadPlanner, _ bank: TestBank
  ) -> (requests: Int, bad: Set<RegisterSpan>, got: Set<RegisterSpan>) {
    var requests = 0
    var bad: Set<RegisterSpan> = []
    var got: Set<RegisterSpan> = []
    var reads = planner.plan(values)[...]
    while let read = reads.popFirst() {
      requests += 1
      #expect(requests < 2000, "the planner does not come to an end")
      if (try? bank.readRegisters(read.span.table, address: UInt16(read.span.address), count: read.span.count, unit: 1))
        != nil
      {
        got.formUnion(read.values)
      } else {
        let replacements = planner.refused(read)
        if replacements.isEmpty { bad.formUnion(read.values) }
        reads = replacements + reads
      }
    }
    return (requests, bad, got)
  }

  private func registers(_ addresses: some Sequence<Int>, count: Int = 1) -> [RegisterSpan] {
    addresses.map { RegisterSpan(.holdingRegisters, address: $0, count: count) }
  }

  @Test("FF-20 a hundred neighbouring values take one request")
  func coalesced() {
    var planner = ReadPlanner()
    let result = readAll(registers(0..<100), &planner, TestBank())
    #expect(result.requests == 1)
    #expect(result.got.count == 100)
  }

  @Test("FF-20 holes between values are learned: they cost requests once, not in every cycle")
  func holes() {
    let bank = TestBank(holes: [5..<8, 20..<22])
    let values = registers([0, 1, 4, 8, 9, 15, 19, 22, 23])
    var planner = ReadPlanner()
    let first = readAll(values, &planner, bank)
    #expect(first.bad.isEmpty && first.got == Set(values))
    let second = readAll(values, &planner, bank)
    #expect(second.got == Set(values))
    #expect(second.requests < first.requests)
    #expect(second.requests == planner.plan(values).count)
  }

  @Test("one value that the device does not have does not take its neighbours with it")
  func missingValue() {
    let bank = TestBank(holes: [10..<11])
    let values = registers(0..<40)
    var planner = ReadPlanner()
    let first = readAll(values, &planner, bank)
    #expect(first.bad == Set(registers([10])))
    #expect(first.got.count == 39)
    let second = readAll(values, &planner, bank)
    #expect(second.bad == Set(registers([10])))
    #expect(second.requests == 3)
  }

  @Test("a device that takes fewer registers than the protocol allows is learned", arguments: [16, 32, 64])
  func deviceLimit(limit: Int) {
    let bank = TestBank(maximumCount: limit)
    var planner = ReadPlanner()
    let values = registers(0..<125)
    #expect(readAll(values, &planner, bank).got.count == 125)
    let second = readAll(values, &planner, bank)
    #expect(second.got.count == 125)
    #expect(second.requests <= (125 + limit - 1) / limit * 2)
  }

  @Test("a value is never split and the gap and the limit are kept", arguments: [1, 2, 3, 4] as [UInt64])
  func invariants(seed: UInt64) {
    print("read planner, seed \(seed)")
    let entropy = SeededEntropy(seed: seed)
    for _ in 0..<200 {
      var limits = ReadPlanner.Limits()
      limits.gap = Int(entropy.next(below: 20))
      limits.registers = 8 + Int(entropy.next(below: 118))
      let values = (0..<Int(entropy.next(below: 60))).map { _ in
        RegisterSpan(
          entropy.next(below: 4) == 0 ? .inputRegisters : .holdingRegisters, address: Int(entropy.next(below: 300)),
          count: 1 + Int(entropy.next(below: 4)))
      }
      let plan = ReadPlanner(limits: limits).plan(values)
      #expect(Set(plan.flatMap(\.values)) == Set(values), "seed \(seed)")
      for read in plan {
        #expect(read.span.count <= limits.registers)
        #expect(read.values.allSatisfy { $0.table == read.span.table })
        #expect(read.values.allSatisfy { $0.address >= read.span.address && $0.end <= read.span.end })
      }
    }
  }

  @Test("a bank with random holes is read to the last value that exists", arguments: [5, 6, 7] as [UInt64])
  func randomHoles(seed: UInt64) {
    print("read planner holes, seed \(seed)")
    let entropy = SeededEntropy(seed: seed)
    for _ in 0..<50 {
      let holes = (0..<Int(entropy.next(below: 6))).map { _ in
        let start = Int(entropy.next(below: 200))
        return start..<(start + 1 + Int(entropy.next(below: 10)))
      }
      let bank = TestBank(holes: holes, maximumCount: 10 + Int(entropy.next(below: 116)))
      let values = Set(
        (0..<80).map { _ in
          RegisterSpan(
            .holdingRegisters, address: Int(entropy.next(below: 200)), count: 1 + Int(entropy.next(below: 3)))
        })
      let missing = values.filter { value in holes.contains { $0.overlaps(value.address..<value.end) } }
      var planner = ReadPlanner()
      for _ in 0..<3 {
        let result = readAll(Array(values), &planner, bank)
        #expect(result.bad == missing, "seed \(seed)")
        #expect(result.got == values.subtracting(missing), "seed \(seed)")
      }
    }
  }
}
