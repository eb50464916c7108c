#if Networking
import Testing

@testable import EdgeTransportNIO

@Suite("what is a conversation")
struct ConversationTests {
  private final class Peer {}
  private let first = Peer()
  private let second = Peer()

  /// One loop with its clock; a turn takes 5 us, and what it says is how long the loop would poll after it.
  private struct Loop {
    var conversation = Conversation()
    var now: Int64 = 0

    mutating func turn(
      with peer: Peer, after wait: Int64 = 50_000, messages: Int = 1, bytes: Int = 1024, answers: Int = 1,
      thinking: Int64 = 5000
    ) -> Int64? {
      now += wait
      conversation.received(
        messages: messages, bytes: bytes, from: ObjectIdentifier(peer), maximum: 100_000, now: now)
      now += thinking
      var polls: Int64?
      for _ in 0..<answers {
        let until = conversation.sent(on: ObjectIdentifier(peer), now: now)
        polls = polls ?? until.map { $0 - now }
      }
      conversation.turnEnded()
      return polls
    }

    /// As many turns as make a conversation.
    mutating func converse(with peer: Peer) {
      for _ in 0...PollWindow.firstPatience { _ = turn(with: peer) }
    }
  }

  @Test("the loop polls after the answer once a peer has sent, waited for the answer and sent again several times")
  func begins() {
    var loop = Loop()
    var polled: [Int64?] = []
    for _ in 0..<7 { polled.append(loop.turn(with: first)) }
    #expect(polled == [nil, nil, nil, nil, 100_000, 100_000, 100_000])
  }

  @Test("a peer that only sends is never polled for, nor one that is only sent to")
  func oneWay() {
    var loop = Loop()
    for _ in 0..<100 { #expect(loop.turn(with: first, answers: 0) == nil) }
    for _ in 0..<100 {
      loop.now += 10_000
      #expect(loop.conversation.sent(on: ObjectIdentifier(first), now: loop.now) == nil)
    }
  }

  @Test("many busy connections never make the loop poll, though each is a conversation of its own")
  func manyConnections() {
    var loop = Loop()
    for _ in 0..<100 {
      #expect(loop.turn(with: first) == nil)
      #expect(loop.turn(with: second) == nil)
    }
  }

  @Test("what another connection brings, or is sent, ends the conversation")
  func otherWork() {
    var loop = Loop()
    loop.converse(with: first)
    #expect(loop.turn(with: second) == nil)
    #expect(loop.turn(with: first) == nil)
    loop.converse(with: first)
    #expect(loop.conversation.sent(on: ObjectIdentifier(second), now: loop.now) == nil)
    #expect(loop.turn(with: first) == nil)
  }

  @Test("several messages at once, a long one, or an answer that takes long end it")
  func noLongerAConversation() {
    for (messages, bytes, thinking): (Int, Int, Int64) in [(2, 1024, 5000), (1, 20_000, 5000), (1, 1024, 301_000)] {
      var loop = Loop()
      loop.converse(with: first)
      #expect(loop.turn(with: first) == 100_000)
      #expect(loop.turn(with: first, messages: messages, bytes: bytes, thinking: thinking) == nil)
      #expect(loop.turn(with: first) == nil)
    }
  }

  @Test("an answer that comes later than the turn that brought its message is none of a conversation")
  func lateAnswers() {
    var loop = Loop()
    loop.converse(with: first)
    for _ in 0..<20 {
      #expect(loop.turn(with: first, answers: 0) == nil)
      loop.now += 10_000
      #expect(loop.conversation.sent(on: ObjectIdentifier(first), now: loop.now) == nil)
    }
  }

  @Test("a ping between two messages changes nothing")
  func ping() {
    var loop = Loop()
    loop.converse(with: first)
    #expect(loop.turn(with: first, after: 20_000, messages: 0, bytes: 6, answers: 0) == nil)
    #expect(loop.turn(with: first, after: 20_000) == 100_000)
  }

  @Test("messages at leisure are not polled for: one second apart costs one window, once")
  func lowRate() {
    var loop = Loop()
    loop.converse(with: first)
    for _ in 0..<100 { #expect(loop.turn(with: first, after: 1_000_000_000) == nil) }
  }

  @Test("it ends with the connection")
  func removed() {
    var loop = Loop()
    loop.converse(with: first)
    loop.conversation.removed(ObjectIdentifier(first))
    #expect(loop.turn(with: first) == nil)
  }
}
#endif
