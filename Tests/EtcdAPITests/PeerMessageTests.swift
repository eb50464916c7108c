import EdgeProtobuf
import EdgeTestKit
import EtcdAPI
import Testing

@Suite struct PeerMessageTests {
  struct Line: Sendable {
    let method: String
    let isRequest: Bool
    let bytes: [UInt8]
  }

  static func lines() throws -> [Line] {
    let folder = try #require(VectorFolder.directory(environment: "EDGE_ETCD_MESSAGES", fixtures: "Fixtures"))
    return try VectorFolder.text(of: "\(folder)/etcd-messages.txt").split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { line in
        let parts = line.split(separator: " ")
        let digits = parts[2] == "-" ? [] : Array(parts[2])
        let bytes = try stride(from: 0, to: digits.count, by: 2).map { place in
          try #require(UInt8(String(digits[place..<(place + 2)]), radix: 16))
        }
        return Line(method: String(parts[0]), isRequest: parts[1] == "request", bytes: bytes)
      }
  }

  private func check<Request, Response>(
    _ line: Line, _ method: ProtobufMethod<Request, Response>
  ) throws -> Bool {
    guard line.method == "\(method.service)/\(method.name)" else { return false }
    if line.isRequest {
      #expect(try Request(protobuf: line.bytes).protobufBytes() == line.bytes, "\(line)")
    } else {
      #expect(try Response(protobuf: line.bytes).protobufBytes() == line.bytes, "\(line)")
    }
    return true
  }

  @Test("Messages of real peers are encoded again to the same bytes")
  func roundTrip() throws {
    let lines = try Self.lines()
    #expect(lines.count > 60)
    for line in lines {
      let isKnown =
        try check(line, Etcd.KV.range) || check(line, Etcd.KV.put) || check(line, Etcd.KV.deleteRange)
        || check(line, Etcd.KV.transaction) || check(line, Etcd.KV.compact) || check(line, Etcd.Watch.watch)
        || check(line, Etcd.Lease.grant) || check(line, Etcd.Lease.revoke) || check(line, Etcd.Lease.keepAlive)
        || check(line, Etcd.Lease.timeToLive) || check(line, Etcd.Lease.leases)
        || check(line, Etcd.Cluster.memberList) || check(line, Etcd.Cluster.memberUpdate)
        || check(line, Etcd.Maintenance.status) || check(line, Etcd.Maintenance.alarm)
        || check(line, Etcd.Maintenance.defragment) || check(line, Etcd.Maintenance.hashKV)
      #expect(isKnown, "\(line.method)")
    }
  }

  @Test("Fields of real requests and responses stand where they belong")
  func fields() throws {
    let lines = try Self.lines()
    let ranges = try lines.filter { $0.method == "etcdserverpb.KV/Range" && $0.isRequest }
      .map { try Etcd.RangeRequest(protobuf: $0.bytes) }
    let sorted = try #require(ranges.first { $0.sortOrder == .descending })
    #expect(sorted.sortTarget == .value && sorted.limit == 1 && sorted.revision == 2)
    #expect(sorted.key == Array("a".utf8) && sorted.rangeEnd == Array("z".utf8))
    #expect(ranges.contains { $0.serializable && $0.keysOnly && $0.rangeEnd == [0] })

    let transactions = try lines.filter { $0.method == "etcdserverpb.KV/Txn" && $0.isRequest }
      .map { try Etcd.TransactionRequest(protobuf: $0.bytes) }
    let key = Array("/registry/pods/a".utf8)
    #expect(
      transactions.first?.comparisons
        == [
          Etcd.Comparison(key: key, .greater, .modRevision(0)),
          Etcd.Comparison(key: key, .equal, .value(Array("v2".utf8))),
        ])
    #expect(
      transactions.first?.success
        == [
          .put(.init(key: Array("b".utf8), value: Array("x".utf8))), .range(.init(key: key)),
          .deleteRange(.init(key: Array("q".utf8))),
        ])

    let responses = try lines.filter { $0.method == "etcdserverpb.Watch/Watch" && !$0.isRequest }
      .map { try Etcd.WatchResponse(protobuf: $0.bytes) }
    let deletion = try #require(responses.flatMap(\.events).first { $0.type == .delete })
    #expect(deletion.kv?.key == Array("/registry/pods/c".utf8))
    #expect(deletion.kv?.version == 0 && deletion.previous?.value == Array("1".utf8))
    #expect(responses.contains { $0.watchID == -1 && $0.events.isEmpty })
    #expect(responses.contains { $0.canceled && $0.compactRevision == 5 })
  }
}
