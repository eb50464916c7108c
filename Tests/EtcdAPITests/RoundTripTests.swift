import EdgeProtobuf
import EtcdAPI
import Testing

@Suite struct RoundTripTests {
  @Test("Nested transactions survive coding")
  func nested() throws {
    var inner = Etcd.TransactionRequest()
    inner.comparisons = [
      .init(key: [0xFF, 0], rangeEnd: [0], .notEqual, .value([])), .init(key: [1], .less, .lease(-1)),
    ]
    inner.success = [.put(.init(key: [1], value: [2], lease: -5, ignoreLease: true)), .deleteRange(.init(key: [3]))]
    let outer = Etcd.TransactionRequest(success: [.transaction(inner), .range(.init())], failure: [.unknown])
    #expect(try Etcd.TransactionRequest(protobuf: outer.protobufBytes()) == outer)
  }

  @Test("The order of magnitude of a deep transaction's coding time is that of its size")
  func deep() throws {
    var transaction = Etcd.TransactionRequest()
    for _ in 0..<80 { transaction = Etcd.TransactionRequest(success: [.transaction(transaction)]) }
    #expect(try Etcd.TransactionRequest(protobuf: transaction.protobufBytes()) == transaction)
    for _ in 0..<200 { transaction = Etcd.TransactionRequest(success: [.transaction(transaction)]) }
    let bytes = transaction.protobufBytes()
    #expect(throws: ProtobufError.self) { try Etcd.TransactionRequest(protobuf: bytes) }
  }

  @Test("Every prefix and every changed byte of a message is read or refused, never a trap")
  func damage() throws {
    let event = Etcd.Event(type: .delete, kv: .init(key: Array("key".utf8), modRevision: 1 << 40), previous: .init())
    let response = Etcd.WatchResponse(
      header: .init(clusterID: .max, memberID: 1, revision: -1, raftTerm: 300), watchID: -1, canceled: true,
      cancelReason: "why", events: [event, event])
    let bytes = response.protobufBytes()
    #expect(try Etcd.WatchResponse(protobuf: bytes) == response)
    for end in bytes.indices { _ = try? Etcd.WatchResponse(protobuf: Array(bytes[..<end])) }
    for index in bytes.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[index] = value
        if let message = try? Etcd.WatchResponse(protobuf: damaged) {
          #expect(try Etcd.WatchResponse(protobuf: message.protobufBytes()) == message)
        }
      }
    }
  }

  @Test("Unknown fields are skipped, unknown enumerators kept")
  func unknown() throws {
    let request = try Etcd.RangeRequest(protobuf: [0x0A, 1, 0x61, 0x28, 9, 0xF8, 0x07, 1, 0xFA, 0x07, 2, 1, 2])
    #expect(request.key == [0x61])
    #expect(request.sortOrder.rawValue == 9)
  }
}
