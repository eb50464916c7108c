import EdgePrimitives
import Testing

@Suite("CoalescingQueue")
struct CoalescingQueueTests {
  @Test("what is added twice before it is taken is taken once, in the order it first came")
  func onceEachInOrder() async {
    let queue = CoalescingQueue<String>()
    for element in ["b", "a", "b", "c", "a"] { queue.add(element) }
    #expect(queue.count == 3)
    #expect(await queue.next() == ["b", "a", "c"])
    #expect(queue.count == 0)
    queue.add("a")
    #expect(await queue.next() == ["a"])
  }

  @Test("a storm of changes to one element costs one entry, and all elements together one each")
  func bound() async {
    let queue = CoalescingQueue<Int>()
    for index in 0..<100_000 { queue.add(index % 10) }
    #expect(queue.count == 10)
    queue.add(contentsOf: 0..<20)
    #expect(await queue.next() == Array(0..<20))
  }

  @Test("a waiting consumer is woken with what is added")
  func wakesConsumer() async {
    let queue = CoalescingQueue<Int>()
    async let taken = queue.next()
    await Task.yield()
    queue.add(contentsOf: [7, 7, 8])
    #expect(await taken?.first == 7)
  }

  @Test("an addition of nothing does not wake the consumer")
  func emptyAddition() async {
    let queue = CoalescingQueue<Int>()
    let consumer = Task { await queue.next() }
    await Task.yield()
    queue.add(contentsOf: [])
    queue.add(1)
    #expect(await consumer.value == [1])
  }

  @Test("a cancelled consumer gets nil, loses nothing and leaves the queue usable")
  func cancellation() async {
    let queue = CoalescingQueue<Int>()
    for delay in [Duration.zero, .milliseconds(2)] {
      let consumer = Task { await queue.next() }
      try? await Task.sleep(for: delay)
      consumer.cancel()
      #expect(await consumer.value == nil)
    }
    queue.add(1)
    let late = Task { () -> [Int]? in
      while !Task.isCancelled { await Task.yield() }
      return await queue.next()
    }
    late.cancel()
    #expect(await late.value == nil)
    #expect(await queue.next() == [1])
  }

  @Test("after finish the consumer gets nil at once and additions are ignored")
  func finish() async {
    let queue = CoalescingQueue<Int>()
    let consumer = Task { await queue.next() }
    await Task.yield()
    queue.add(1)
    queue.finish()
    _ = await consumer.value
    queue.add(2)
    #expect(queue.count == 0)
    #expect(await queue.next() == nil)
    #expect(await queue.next(within: .zero, clock: ContinuousClock()) == nil)
    #expect(await queue.next(within: .milliseconds(1), clock: ContinuousClock()) == nil)
  }

  @Test("finish wakes a consumer that waits without end")
  func finishWakes() async {
    let queue = CoalescingQueue<Int>()
    let consumer = Task { await queue.next() }
    try? await Task.sleep(for: .milliseconds(2))
    queue.finish()
    #expect(await consumer.value == nil)
  }

  @Test("a wait with a limit ends empty when nothing came, and at once when there is no time at all")
  func timeout() async {
    let queue = CoalescingQueue<Int>()
    let clock = ContinuousClock()
    let begin = clock.now
    #expect(await queue.next(within: .milliseconds(20), clock: clock) == [])
    #expect(begin.duration(to: clock.now) >= .milliseconds(20))
    #expect(await queue.next(within: .zero, clock: clock) == [])
    #expect(await queue.next(within: .seconds(-1), clock: clock) == [])
    queue.add(1)
    #expect(await queue.next(within: .zero, clock: clock) == [1])
    queue.add(2)
    #expect(await queue.next(within: .seconds(60), clock: clock) == [2])
    queue.add(3)
    #expect(await queue.next(within: nil, clock: clock) == [3])
  }

  @Test("a cancelled wait with a limit ends with nil and keeps what comes afterwards")
  func cancelledTimeout() async {
    let queue = CoalescingQueue<Int>()
    let consumer = Task { await queue.next(within: .seconds(60), clock: ContinuousClock()) }
    try? await Task.sleep(for: .milliseconds(2))
    consumer.cancel()
    #expect(await consumer.value == nil)
    queue.add(1)
    #expect(await queue.next() == [1])
  }

  @Test("when the limit and an element race, every element is still taken exactly once")
  func timerRace() async {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    let queue = CoalescingQueue<Int>()
    let count = 4000
    let clock = ContinuousClock()
    let taken = await withTaskGroup(of: [Int].self) { group in
      group.addTask {
        for element in 0..<count {
          if entropy.next(below: 3) == 0 {
            try? await clock.sleep(for: .microseconds(Int64(entropy.next(below: 120))))
          } else {
            await Task.yield()
          }
          queue.add(element)
        }
        return []
      }
      group.addTask {
        var taken: [Int] = []
        while taken.count < count {
          let limit = Duration.microseconds(Int64(entropy.next(below: 80)))
          guard let batch = await queue.next(within: limit, clock: clock) else { break }
          taken += batch
        }
        return taken
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    let isComplete = taken == Array(0..<count)
    #expect(isComplete, "seed \(seed): \(taken.count) of \(count) elements, in order: \(taken == taken.sorted())")
  }

  @Test("when a cancellation and an element race, the element is taken or still there, never both nor neither")
  func cancellationRace() async {
    for round in 0..<2000 {
      let queue = CoalescingQueue<Int>()
      let consumer = Task { await queue.next(within: round % 2 == 0 ? nil : .seconds(60), clock: ContinuousClock()) }
      if round % 3 == 0 { await Task.yield() }
      async let adding: Void = queue.add(round)
      consumer.cancel()
      await adding
      let taken = await consumer.value ?? []
      #expect(taken.count + queue.count == 1, "round \(round)")
    }
  }

  @Test("with many producers no addition is lost: each element is taken after its last addition")
  func manyProducers() async {
    let queue = CoalescingQueue<Int>()
    let taken = await withTaskGroup(of: Set<Int>.self) { group in
      for producer in 0..<4 {
        group.addTask {
          for index in 0..<500 {
            queue.add(producer * 500 + index)
            queue.add(producer * 500 + index / 2)
          }
          return []
        }
      }
      group.addTask {
        var seen: Set<Int> = []
        while seen.count < 2000, let batch = await queue.next() {
          #expect(Set(batch).count == batch.count)
          seen.formUnion(batch)
        }
        return seen
      }
      return await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
    }
    #expect(taken == Set(0..<2000))
  }
}
