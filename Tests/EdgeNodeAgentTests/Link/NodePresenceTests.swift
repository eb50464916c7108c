#if Networking && canImport(Glibc)
import EdgePrimitives
import Testing

@testable import EdgeNodeAgent

@Suite("NodePresence") struct NodePresenceTests {
  private func moment(_ seconds: Int64) -> Moment {
    Moment(wall: Timestamp(millisecondsSinceEpoch: (1000 + seconds) * 1000), elapsed: .seconds(seconds))
  }

  @Test("a lease that is kept in time is no news; one that comes back after the cloud has given up is")
  func comebacks() async {
    let presence = NodePresence(now: moment(0))
    for seconds in stride(from: Int64(10), through: 60, by: 10) { presence.leaseKept(now: moment(seconds)) }
    presence.leaseKept(now: moment(99))
    #expect(presence.readySince == Timestamp(millisecondsSinceEpoch: 1_000_000))
    presence.leaseKept(now: moment(139))
    #expect(presence.readySince == Timestamp(millisecondsSinceEpoch: 1_139_000))
    #expect(await presence.comebacks.next() == [true])
  }
}
#endif
