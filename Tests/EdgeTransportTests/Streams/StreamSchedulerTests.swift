import Testing

@testable import EdgeTransport

@Suite("stream scheduler")
struct StreamSchedulerTests {
  private func id(_ index: UInt64) -> StreamID { StreamID(index, .unidirectional, openedBy: .client) }

  /// Lets every stream send frames of 100 bytes for ever; who sent, in order.
  private func run(_ streams: [(UInt64, StreamPriority)], guardBytes: Int, frames: Int) -> [UInt64] {
    var scheduler = StreamScheduler(guardBytes: guardBytes)
    for (index, priority) in streams { scheduler.enqueue(id(index), priority) }
    var order: [UInt64] = []
    for _ in 0..<frames {
      guard let (stream, priority) = scheduler.next() else { break }
      order.append(stream.index)
      scheduler.enqueue(stream, priority)
      scheduler.sent(100, by: priority)
    }
    return order
  }

  @Test("a higher class goes first, whatever came first")
  func strict() {
    var scheduler = StreamScheduler(guardBytes: 1000)
    for (index, priority) in [(1, StreamPriority.bulk), (2, .objects), (3, .control), (4, .twin)] {
      scheduler.enqueue(id(UInt64(index)), priority)
    }
    var order: [StreamPriority] = []
    while let (_, priority) = scheduler.next() { order.append(priority) }
    #expect(order == [.control, .twin, .objects, .bulk] && scheduler.isEmpty)
  }

  @Test("streams of one class take turns")
  func roundRobin() {
    #expect(run([(1, .twin), (2, .twin), (3, .twin)], guardBytes: 10_000, frames: 7) == [1, 2, 3, 1, 2, 3, 1])
  }

  @Test("a class that was passed over for the guard's bytes gets one frame, and no more")
  func starvation() {
    let order = run([(1, .control), (2, .bulk)], guardBytes: 500, frames: 100)
    #expect(Array(order.prefix(13)) == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1])
    #expect(order.count { $0 == 2 } == 16)
  }

  @Test("every class gets its frame though all above it are busy")
  func allClasses() {
    let order = run([(1, .control), (2, .twin), (3, .objects), (4, .bulk)], guardBytes: 1000, frames: 200)
    for stream in UInt64(2)...4 { #expect((10...20).contains(order.count { $0 == stream }), "\(stream)") }
    #expect(order.count { $0 == 1 } >= 140)
  }
}
