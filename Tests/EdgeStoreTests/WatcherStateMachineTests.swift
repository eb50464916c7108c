import EdgeStore
import Testing

@Suite struct WatcherStateMachineTests {
  private func batch(_ revision: Int64, events: Int = 1) -> WatchBatch {
    let keyValue = KeyValue(
      key: "k", value: [], createRevision: .zero, modRevision: Revision(rawValue: revision), version: 1)
    return WatchBatch(
      revision: Revision(rawValue: revision),
      events: Array(repeating: StoreEvent(kind: .put, keyValue: keyValue, previous: nil), count: events))
  }

  @Test("a waiting reader gets the next batch at once, without a queue")
  func waitingReader() {
    var machine = WatcherStateMachine(startRevision: nil, current: Revision(rawValue: 5))
    #expect(machine.read() == .wait)
    #expect(machine.publish(batch(6)) == .resumeReader(batch(6)))
    #expect(machine.read() == .wait)
  }

  @Test("of many batches at once a waiting reader gets the first, the queue what fits, and the log the rest")
  func manyAtOnce() {
    var machine = WatcherStateMachine(startRevision: nil, current: .initial)
    let capacity = Int64(WatchQueue.capacity)
    let batches = (2..<(capacity + 13)).map { batch($0) }
    #expect(machine.read() == .wait)
    #expect(machine.publish(batches[...]) == .resumeReader(batch(2)))
    #expect(machine.hasQueued)
    for revision in 3..<(3 + capacity) { #expect(machine.read() == .deliver(batch(revision))) }
    #expect(!machine.hasQueued && machine.readQueue() == nil)
    #expect(machine.read() == .catchUp(from: Revision(rawValue: 3 + capacity)))
  }

  @Test("an absent reader's batches queue up, and when the queue is full the log takes over where it stopped")
  func overflow() {
    var machine = WatcherStateMachine(startRevision: nil, current: .initial)
    let capacity = Int64(WatchQueue.capacity)
    for revision in 2..<(2 + capacity + 10) { #expect(machine.publish(batch(revision)) == .none) }
    #expect(machine.publish(batch(2 + capacity + 10)) == .none, "it waits for its turn to be read from the log")
    for revision in 2..<(2 + capacity) { #expect(machine.read() == .deliver(batch(revision))) }
    #expect(machine.read() == .catchUp(from: Revision(rawValue: 2 + capacity)))
    machine.caughtUp(
      with: [batch(2 + capacity)], through: Revision(rawValue: 480), current: Revision(rawValue: 490))
    #expect(machine.read() == .deliver(batch(2 + capacity)))
    #expect(machine.read() == .catchUp(from: Revision(rawValue: 481)))
    machine.caughtUp(with: [], through: Revision(rawValue: 490), current: Revision(rawValue: 490))
    #expect(machine.read() == .wait)
    #expect(machine.publish(batch(491)) == .resumeReader(batch(491)))
  }

  @Test("a queue is bounded in events too, but takes one batch of any size")
  func eventBound() {
    var queue = WatchQueue()
    #expect(queue.append(batch(2, events: WatchQueue.eventCapacity * 2)) == true)
    #expect(queue.append(batch(3)) == false)
    #expect(queue.popFirst()?.revision.rawValue == 2)
    #expect(queue.append(batch(3)) == true)
  }

  @Test("a watch from the past starts with the log; from the present or the future it waits")
  func start() {
    let current = Revision(rawValue: 5)
    var past = WatcherStateMachine(startRevision: Revision(rawValue: 5), current: current)
    #expect(past.read() == .catchUp(from: Revision(rawValue: 5)))
    var future = WatcherStateMachine(startRevision: Revision(rawValue: 6), current: current)
    #expect(future.read() == .wait)
    var now = WatcherStateMachine(startRevision: .zero, current: current)
    #expect(now.read() == .wait)
  }

  @Test("a note of progress comes once, after what is queued, and at once to a reader who has everything")
  func progress() {
    var machine = WatcherStateMachine(startRevision: nil, current: .initial)
    #expect(machine.publish(batch(2)) == .none)
    #expect(machine.requestProgress() == false)
    #expect(machine.requestProgress() == false)
    #expect(machine.read() == .deliver(batch(2)))
    #expect(machine.read() == .progress)
    #expect(machine.read() == .wait)
    #expect(machine.requestProgress() == true)
    #expect(machine.read() == .wait)
  }

  @Test("a lagging reader is told of progress only when it has caught up")
  func laggingProgress() {
    var machine = WatcherStateMachine(startRevision: Revision(rawValue: 2), current: Revision(rawValue: 9))
    #expect(machine.requestProgress() == false)
    #expect(machine.read() == .catchUp(from: Revision(rawValue: 2)))
    machine.caughtUp(with: [batch(3)], through: Revision(rawValue: 9), current: Revision(rawValue: 9))
    #expect(machine.read() == .deliver(batch(3)))
    #expect(machine.read() == .progress)
  }

  @Test("when the log no longer reaches back, the reader is told once and the watch is over")
  func compacted() {
    var machine = WatcherStateMachine(startRevision: Revision(rawValue: 2), current: Revision(rawValue: 9))
    #expect(machine.read() == .catchUp(from: Revision(rawValue: 2)))
    machine.fail(StoreError(.compacted, "gone"))
    #expect(machine.read() == .fail(.compacted))
    #expect(machine.read() == .end)
    #expect(machine.publish(batch(10)) == .none)
  }

  @Test("a second task that reads the same watch is refused, and the first still gets its batch")
  func twoReaders() {
    var machine = WatcherStateMachine(startRevision: nil, current: .initial)
    #expect(machine.read() == .wait)
    #expect(machine.read() == .fail(.misuse))
    #expect(machine.publish(batch(2)) == .resumeReader(batch(2)))
  }

  @Test("ending tells whether a reader waits")
  func end() {
    var waiting = WatcherStateMachine(startRevision: nil, current: .initial)
    _ = waiting.read()
    #expect(waiting.end() == true)
    #expect(waiting.read() == .end)
    var idle = WatcherStateMachine(startRevision: nil, current: .initial)
    #expect(idle.end() == false)
  }
}

/// The machine's actions with the error reduced to its code, so that a transcript can compare them.
private enum Seen: Equatable {
  case deliver(WatchBatch)
  case wait
  case catchUp(from: Revision)
  case progress
  case fail(StoreError.Code)
  case end
}

private func == (action: WatcherStateMachine.ReadAction, expected: Seen) -> Bool {
  let seen: Seen =
    switch action {
    case .deliver(let batch): .deliver(batch)
    case .wait: .wait
    case .progress: .progress
    case .catchUp(let from): .catchUp(from: from)
    case .fail(let error): .fail(error.code)
    case .end: .end
    }
  return seen == expected
}
