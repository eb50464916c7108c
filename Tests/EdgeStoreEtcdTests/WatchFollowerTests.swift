#if Networking
import EdgeStore
import EtcdAPI
import Testing

@testable import EdgeStoreEtcd

/// A machine by reference: what `#expect` looks at must not change.
private final class Follower {
  private var machine: WatchFollowerStateMachine

  init(_ machine: WatchFollowerStateMachine) { self.machine = machine }

  var next: Revision { machine.next }
  var wantsUpstream: Bool { machine.wantsUpstream }
  var wantsProgress: Bool { machine.wantsProgress }
  func attach(id: Int64) -> Etcd.WatchCreateRequest { machine.attach(id: id) }
  func created(at revision: Revision, requestsBefore: Int) {
    machine.created(at: revision, requestsBefore: requestsBefore)
  }
  func streamLost() { machine.streamLost() }
  func receive(_ events: [Etcd.Event], isFragment: Bool) -> WatchFollowerStateMachine.Action {
    machine.receive(events, isFragment: isFragment)
  }
  func reached(_ revision: Revision) -> WatchFollowerStateMachine.Action { machine.reached(revision) }
  func reachedByAll(_ revision: Revision, index: Int) -> WatchFollowerStateMachine.Action {
    machine.reachedByAll(revision, index: index)
  }
  func fail(_ error: StoreError) -> WatchFollowerStateMachine.Action { machine.fail(error) }
  func read() throws -> WatchFollowerStateMachine.ReadStep { try machine.read() }
  func requestProgress() -> Bool { machine.requestProgress() }
}

@Suite struct WatchFollowerTests {
  private func revision(_ number: Int64) -> Revision { Revision(rawValue: number) }

  private func put(_ revision: Int64, _ key: String = "k", createdAt: Int64 = 0, previous: Int64? = nil) -> Etcd.Event {
    Etcd.Event(
      type: .put, kv: Etcd.KeyValue(key: Array(key.utf8), createRevision: createdAt, modRevision: revision, version: 2),
      previous: previous.map { Etcd.KeyValue(key: Array(key.utf8), modRevision: $0) })
  }

  private func following(_ request: WatchRequest = WatchRequest(.all), from start: Int64 = 5) -> Follower {
    let follower = Follower(WatchFollowerStateMachine(request, start: revision(start)))
    _ = follower.attach(id: 1)
    follower.created(at: revision(4), requestsBefore: 0)
    return follower
  }

  private func batch(_ step: WatchFollowerStateMachine.ReadStep) -> WatchBatch? {
    if case .deliver(let batch) = step { batch } else { nil }
  }

  @Test("after a lost stream it begins again behind what the reader was given or will be, and drops what comes twice")
  func resumes() throws {
    let machine = following()
    _ = machine.receive([put(5), put(6, "a"), put(6, "b")], isFragment: false)
    machine.streamLost()
    #expect(machine.wantsUpstream)
    #expect(machine.attach(id: 2).startRevision == 7)
    machine.created(at: revision(9), requestsBefore: 0)
    _ = machine.receive([put(6, "a"), put(7)], isFragment: false)
    #expect(try batch(machine.read())?.revision == revision(5))
    #expect(try batch(machine.read())?.events.count == 2)
    #expect(try batch(machine.read())?.revision == revision(7))
    #expect(try machine.read() == .wait(wantsUpstream: false))
  }

  @Test("a revision that comes in fragments is shown whole, and not at all when its stream is lost in between")
  func fragments() throws {
    let machine = following()
    #expect(machine.receive([put(5), put(6, "a")], isFragment: true).cancel == nil)
    #expect(try batch(machine.read())?.revision == revision(5))
    machine.streamLost()
    #expect(machine.attach(id: 2).startRevision == 6)
    machine.created(at: revision(9), requestsBefore: 0)
    _ = machine.receive([put(6, "a")], isFragment: true)
    #expect(try machine.read() == .wait(wantsUpstream: false))
    let action = machine.receive([put(6, "b")], isFragment: false)
    #expect(try action.resume?.get().events.count == 2)
  }

  @Test("a full queue gives the watch up at the server; the drained reader begins it again where the queue ended")
  func slowReader() throws {
    let machine = following(from: 1)
    var cancelled: Int64?
    for index in 1...(WatchQueue.capacity + 36) {
      let action = machine.receive([put(Int64(index))], isFragment: false)
      if let id = action.cancel { cancelled = id }
    }
    #expect(cancelled == 1)
    #expect(!machine.wantsUpstream)
    for index in 1...WatchQueue.capacity { #expect(try batch(machine.read())?.revision == revision(Int64(index))) }
    #expect(try machine.read() == .wait(wantsUpstream: true))
    #expect(machine.attach(id: 2).startRevision == Int64(WatchQueue.capacity) + 1)
  }

  @Test("a note of progress comes behind the events before it, once for two requests")
  func progress() throws {
    let machine = following()
    #expect(machine.requestProgress())
    #expect(!machine.requestProgress())
    _ = machine.receive([put(5)], isFragment: false)
    #expect(machine.reached(revision(8)).resume == nil)
    #expect(machine.next == revision(9))
    #expect(try batch(machine.read())?.events.count == 1)
    #expect(try batch(machine.read()) == WatchBatch(revision: revision(8), events: []))
    #expect(try machine.read() == .wait(wantsUpstream: false))
    #expect(machine.requestProgress())
    #expect(try machine.reached(revision(9)).resume?.get() == WatchBatch(revision: revision(9), events: []))
  }

  @Test("an answer about all watches counts only for those that the server had when it was given")
  func progressOfAll() {
    let machine = Follower(WatchFollowerStateMachine(WatchRequest(.all), start: revision(2)))
    #expect(machine.requestProgress())
    _ = machine.attach(id: 1)
    _ = machine.reachedByAll(revision(4), index: 1)
    #expect(machine.next == revision(2))
    machine.created(at: revision(4), requestsBefore: 1)
    _ = machine.reachedByAll(revision(4), index: 1)
    #expect(machine.next == revision(2) && machine.wantsProgress)
    _ = machine.reachedByAll(revision(4), index: 2)
    #expect(machine.next == revision(5) && !machine.wantsProgress)
  }

  @Test("a change whose previous value is missing is not shown: the watch was too late")
  func missingPrevious() throws {
    let machine = following(WatchRequest(.all, previousValues: true))
    #expect(try machine.read() == .wait(wantsUpstream: false))
    let action = machine.receive([put(5, createdAt: 2)], isFragment: false)
    #expect(action.cancel == 1)
    #expect(throws: StoreError.self) { try action.resume?.get() }
    #expect(try machine.read() == .end)
  }

  @Test("an error is told after what came before it, and once")
  func failure() throws {
    let machine = following()
    _ = machine.receive([put(5)], isFragment: false)
    #expect(machine.fail(.cancelled).resume == nil)
    #expect(try batch(machine.read())?.revision == revision(5))
    #expect(throws: StoreError.self) { try machine.read() }
    #expect(try machine.read() == .end)
  }
}
#endif
