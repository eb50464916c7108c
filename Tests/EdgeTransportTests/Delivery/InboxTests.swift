import Testing

@testable import EdgeTransport

/// Transcripts: message == what to do with it.
@Suite("inbox")
struct InboxTests {
  private func event(_ id: String, _ object: String = "e") -> IncomingIdentity {
    IncomingIdentity(id: id, objectKey: object, version: nil)
  }
  private func state(_ id: String, _ version: UInt64, _ object: String = "o") -> IncomingIdentity {
    IncomingIdentity(id: id, objectKey: object, version: version)
  }

  @Test("a message is applied once, a version not newer than one applied never")
  func duplicates() {
    var inbox = Inbox()
    let session = inbox.beginSession()
    #expect(inbox.admit(state("m1", 5), session: session) == .apply)
    inbox.applied(state("m1", 5))
    #expect(inbox.admit(state("m1", 5), session: session) == .duplicate)
    #expect(inbox.admit(state("m2", 5), session: session) == .superseded)
    #expect(inbox.admit(state("m3", 4), session: session) == .superseded)
    #expect(inbox.admit(state("m4", 6), session: session) == .apply)
    #expect(inbox.admit(event("m5", "o"), session: session) == .apply)
  }

  @Test("behind a refused message its object waits until the sender begins again with it")
  func holdingBack() {
    var inbox = Inbox()
    let session = inbox.beginSession()
    #expect(inbox.admit(event("1"), session: session) == .apply)
    inbox.refused(event("1"), isFinal: false)
    #expect(inbox.admit(event("2"), session: session) == .heldBack)
    #expect(inbox.admit(event("x", "other"), session: session) == .apply)
    // Sent before the sender knew: the second round refuses the first again, so the second one is held back again.
    #expect(inbox.admit(event("1"), session: session) == .apply)
    inbox.refused(event("1"), isFinal: false)
    #expect(inbox.admit(event("2"), session: session) == .heldBack)
    #expect(inbox.admit(event("3"), session: session) == .heldBack)
    for id in ["1", "2", "3", "4"] {
      #expect(inbox.admit(event(id), session: session) == .apply)
      inbox.applied(event(id))
    }
  }

  @Test("a sender that gives up what was refused goes on behind it after one more refusal at most")
  func givingUp() {
    var inbox = Inbox()
    let session = inbox.beginSession()
    _ = inbox.admit(event("1"), session: session)
    inbox.refused(event("1"), isFinal: false)
    #expect(inbox.admit(event("2"), session: session) == .heldBack)
    #expect(inbox.admit(event("2"), session: session) == .apply)
    inbox.applied(event("2"))
    #expect(inbox.admit(event("3"), session: session) == .apply)
    inbox.refused(event("3"), isFinal: true)
    #expect(inbox.admit(event("4"), session: session) == .apply)
  }

  @Test("refused messages are remembered within bounds, and a full memory holds nobody up for ever")
  func boundedHoldingBack() {
    var inbox = Inbox(configuration: InboxConfiguration(maximumHeldBack: 4))
    let session = inbox.beginSession()
    for index in 0..<100 {
      _ = inbox.admit(event("r\(index)", "object-\(index % 10)"), session: session)
      inbox.refused(event("r\(index)", "object-\(index % 10)"), isFinal: false)
    }
    // Whatever the sender gave up, what it goes on with is applied after one more refusal at most.
    for index in 0..<10 {
      let next = event("next-\(index)", "object-\(index)")
      if inbox.admit(next, session: session) == .heldBack { #expect(inbox.admit(next, session: session) == .apply) }
      inbox.applied(next)
    }
  }

  @Test("a session that was followed by a newer one is fenced")
  func fencing() {
    var inbox = Inbox()
    let older = inbox.beginSession()
    let newer = inbox.beginSession()
    #expect(inbox.admit(event("1"), session: older) == .fenced)
    #expect(inbox.admit(event("1"), session: newer) == .apply)
  }

  @Test("the memory survives in its records, is bounded, and forgets the oldest first")
  func memory() throws {
    var inbox = Inbox(configuration: InboxConfiguration(maximumRemembered: 10))
    let session = inbox.beginSession()
    var content: [[UInt8]: [UInt8]] = [:]
    let uuid = "0123abcd-4567-489a-8bcd-ef0123456789"
    for round in 0..<20 {
      let identities = [event("m\(round)"), state(round == 19 ? uuid : "v\(round)", UInt64(round))]
      for identity in identities { inbox.applied(identity) }
      for operation in inbox.record(identities) {
        switch operation {
        case .put(let key, let value): content[key] = value
        case .delete(let key): content[key] = nil
        case .deleteRange(let from, let until):
          content = content.filter {
            $0.key.lexicographicallyPrecedes(from) || !$0.key.lexicographicallyPrecedes(until)
          }
        }
      }
      #expect(inbox.rememberedCount <= 10 && content.count <= 6)
    }
    _ = session
    var again = Inbox(configuration: InboxConfiguration(maximumRemembered: 10))
    again.restore(try content.map { key, value throws(JournalError) in try InboxRecord(key: key, value: value) })
    let next = again.beginSession()
    #expect(again.admit(event("m19"), session: next) == .duplicate)
    #expect(again.admit(event(uuid), session: next) == .duplicate)
    #expect(again.admit(state("new", 19), session: next) == .superseded)
    #expect(again.admit(event("m1"), session: next) == .apply)
    for value in content.values {
      for length in 0..<value.count {
        #expect(throws: JournalError.self) {
          _ = try InboxRecord(key: InboxRecord.key(1), value: Array(value.prefix(length)))
        }
      }
    }
  }

  @Test("ids are kept as they were written, UUIDs in little memory")
  func keys() {
    for id in ["", "m1", "0123abcd-4567-489a-8bcd-ef0123456789", "0123ABCD-4567-489A-8BCD-EF0123456789"] {
      #expect(MessageKey(id).text == id)
    }
    #expect(MessageKey("0123abcd-4567-489a-8bcd-ef0123456789") == .uuid(0x0123_abcd_4567_489a, 0x8bcd_ef01_2345_6789))
  }
}
