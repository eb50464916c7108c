@testable import EdgeTransport

/// Records of the journals of an outbox and an inbox, as a damaged disk gives them: each is read or refused, and what was
/// read of an inbox reads back the same.
///
/// The first byte of the input is the length of the key.
func fuzzJournal(_ bytes: [UInt8]) {
  guard let length = bytes.first else { return }
  let key = Array(bytes.dropFirst().prefix(Int(length)))
  let value = Array(bytes.dropFirst(1 + Int(length)))
  var records = OutboxRecords(limits: MessageLimits(maximumBytes: 4096, maximumDepth: 64))
  let isTaken = (try? records.read(key: key, value: value)) != nil
  require(records.count <= value.count, "\(records.count) items in \(value.count) bytes")
  if !isTaken { require(records.count == 0, "refused, but taken") }
  if isTaken {
    // Whatever was read can be put into an outbox and sent.
    var outbox = Outbox(configuration: .default, isJournaled: true)
    outbox.restore(records)
    require(outbox.pendingCount <= records.count, "more waits than was read")
    _ = outbox.nextToSend(now: .zero)
  }
  guard let record = try? InboxRecord(key: key, value: value) else { return }
  let again = try? InboxRecord(key: record.key, value: record.encoded())
  require(again == record, "another record reads back")
  var inbox = Inbox(configuration: InboxConfiguration())
  inbox.restore([record])
}
