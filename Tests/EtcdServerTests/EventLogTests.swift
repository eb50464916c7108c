#if Networking
import EdgePrimitives
import EdgeStore
import EtcdAPI
import NIOCore
import Testing

@testable import EdgeGRPC
@testable import EtcdServer

/// A log against the plain list of what was appended to it.
@Suite struct EventLogTests {
  private static let identity = MemberIdentity(clusterID: 1, memberID: 2, raftTerm: 3)
  private static let selection = WatchSelection(keys: .all)

  private func batch(_ revision: Int64, events: Int, valueBytes: Int) -> WatchBatch {
    let revision = Revision(rawValue: revision)
    return WatchBatch(
      revision: revision,
      events: (0..<events).map { number in
        StoreEvent(
          kind: .put,
          keyValue: KeyValue(
            key: StoreKey("k/\(number)"), value: [UInt8](repeating: 1, count: valueBytes), createRevision: revision,
            modRevision: revision, version: 1),
          previous: nil)
      })
  }

  /// Everything that a watch at `place` is told, response by response.
  private func responses(_ log: EventLog, from place: EventLog.Place) throws -> [Etcd.WatchResponse] {
    var place = place
    var responses: [Etcd.WatchResponse] = []
    while let part = log.part(after: place) {
      var batch = GRPCMessageBatch(target: .max)
      log.write(part, for: 5, Self.identity, to: &batch)
      var message = batch.bytes
      message.moveReaderIndex(forwardBy: MessageFrame.prefixBytes)
      let response = try GRPCCodec<Etcd.WatchResponse>.protobuf.decode(message)
      #expect(response.watchID == 5 && response.events.count == part.eventCount)
      #expect(response.header?.revision == part.revision.rawValue)
      responses.append(response)
      place = part.place
    }
    #expect(!log.has(after: place))
    return responses
  }

  @Test(
    "From every place on it tells what followed, once and in order, however much it has forgotten of what came before")
  func places() throws {
    let seed = UInt64.random(in: 0 ... .max)
    let random = SeededEntropy(seed: seed)
    for _ in 0..<30 {
      var log = EventLog(after: Revision(rawValue: 10))
      var known: [WatchBatch] = []
      var revision: Int64 = 10
      for _ in 0..<60 {
        switch random.next() % 12 {
        case 0:
          log.removeOlderHalf()
          known.removeAll { $0.revision <= log.floor }
        case 1 where known.count > 20:
          log.removeAll()
          known = []
          #expect(log.isEmpty && log.floor.rawValue == revision && log.byteCount == 0)
        default:
          revision += 1 + Int64(random.next() % 3)
          let next = batch(revision, events: 1 + Int(random.next() % 4), valueBytes: Int(random.next() % 20_000))
          log.append(next, Self.selection)
          known.append(next)
        }
        let next = log.floor.rawValue + 1 + Int64(random.next() % 20)
        let place = EventLog.Place(next: Revision(rawValue: next))
        #expect(log.covers(place) && !log.covers(EventLog.Place(next: log.floor)), "seed \(seed)")
        let told = try responses(log, from: place)
        let expected = known.filter { $0.revision.rawValue >= next }
        let toldRevisions = told.flatMap(\.events).map { $0.kv?.modRevision ?? 0 }
        let expectedRevisions = expected.flatMap { batch in batch.events.map { _ in batch.revision.rawValue } }
        #expect(toldRevisions == expectedRevisions, "seed \(seed)")
        #expect(log.firstRevision(after: place) == expected.first?.revision, "seed \(seed)")
        // Full responses, none of them much larger than it must be.
        for response in told where Set(response.events.map { $0.kv?.modRevision }).count > 1 {
          #expect(response.events.reduce(0) { $0 + ($1.kv?.value.count ?? 0) } <= EventLog.responseBytes)
        }
      }
    }
  }

  @Test("A revision is cut only for a watch that takes fragments, which can go on behind any of them")
  func fragments() throws {
    var selection = Self.selection
    selection.fragments = true
    var log = EventLog(after: .initial)
    log.append(batch(2, events: 1, valueBytes: 10), selection)
    log.append(batch(3, events: 5, valueBytes: 700_000), selection)
    log.append(batch(4, events: 1, valueBytes: 10), selection)
    let told = try responses(log, from: EventLog.Place(next: Revision(rawValue: 2)))
    #expect(told.map(\.events.count) == [1, 2, 2, 1, 1])
    #expect(told.map(\.fragment) == [false, true, true, false, false])
    let rest = try responses(log, from: EventLog.Place(next: Revision(rawValue: 3), fragments: 2))
    #expect(rest.map(\.events.count) == [1, 1])
    log.removeOlderHalf()
    #expect(log.floor.rawValue == 3)

    var whole = EventLog(after: .initial)
    whole.append(batch(3, events: 5, valueBytes: 700_000), Self.selection)
    #expect(try responses(whole, from: EventLog.Place(next: .initial)).map(\.events.count) == [5])
  }

  @Test("A long list in pieces is byte for byte the list at once", arguments: [1, 1_000, 65_536])
  func list(target: Int) {
    let kvs = (0..<500).map { number in
      batch(Int64(2 + number), events: 1, valueBytes: number * 37 % 3_000).events[0].keyValue
    }
    for (count, more) in [(kvs.count, false), (9_999, true)] {
      let answer = RangeAnswer(
        Self.identity.header(.initial),
        RangeResponse(kvs: kvs, count: count, more: more, revision: .initial))
      var pieces = RangeAnswerPieces(answer)
      var buffer = ByteBuffer()
      while buffer.readableBytes < pieces.byteCount {
        var piece = ByteBuffer()
        pieces.appendPiece(to: &piece, target: target)
        buffer.writeBuffer(&piece)
      }
      var atOnce = ByteBuffer()
      GRPCCodec<RangeAnswer>.protobuf.encode(answer, &atOnce)
      #expect(buffer == atOnce)
    }
  }
}
#endif
