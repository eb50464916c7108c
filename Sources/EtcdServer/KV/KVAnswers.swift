#if Networking
import EdgeProtobuf
import EdgeStore
import EtcdAPI

// Answers written from the store's own values. A list of ten thousand keys would otherwise be copied into messages only to
// be encoded. They are never read: clients read `Etcd.RangeResponse` and its like.

/// `mvccpb.KeyValue`
struct KeyValueRecord: ProtobufMessage {
  var keyValue: KeyValue

  init() { self.init(KeyValue(key: StoreKey([]), value: [], createRevision: .zero, modRevision: .zero, version: 0)) }

  init(_ keyValue: KeyValue) { self.keyValue = keyValue }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    keyValue.writeFields(to: &output)
  }
}

extension KeyValue {
  @inline(__always)
  fileprivate func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, key.bytes)
    output.put(2, createRevision.rawValue)
    output.put(3, modRevision.rawValue)
    output.put(4, version)
    output.put(5, value)
    output.put(6, lease.rawValue)
  }

  /// As one of the many of a list: a record for each would only be made to be counted and written.
  @inline(__always)
  fileprivate func put(_ number: Int, into output: inout some ProtobufOutput) {
    var counter = ProtobufByteCounter()
    writeFields(to: &counter)
    output.put(number, byteCount: counter.count) { writeFields(to: &$0) }
  }
}

/// `etcdserverpb.RangeResponse`
struct RangeAnswer: ProtobufMessage {
  var header = Etcd.ResponseHeader()
  var response = RangeResponse(kvs: [], count: 0, more: false, revision: .zero)

  init() {}

  init(_ header: Etcd.ResponseHeader, _ response: RangeResponse) {
    self.header = header
    self.response = response
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    writeHead(to: &output)
    for index in response.kvs.indices { writeElement(index, to: &output) }
    writeTail(to: &output)
  }

  @inline(__always)
  func writeHead(to output: inout some ProtobufOutput) { output.put(1, header) }

  @inline(__always)
  func writeElement(_ index: Int, to output: inout some ProtobufOutput) { response.kvs[index].put(2, into: &output) }

  @inline(__always)
  func writeTail(to output: inout some ProtobufOutput) {
    output.put(3, response.more)
    output.put(4, Int64(response.count))
  }
}

/// `etcdserverpb.PutResponse`
struct PutAnswer: ProtobufMessage {
  var header = Etcd.ResponseHeader()
  var response = PutResponse()

  init() {}

  init(_ header: Etcd.ResponseHeader, _ response: PutResponse) {
    self.header = header
    self.response = response
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, header)
    output.put(2, response.previous.map(KeyValueRecord.init))
  }
}

/// `etcdserverpb.DeleteRangeResponse`
struct DeleteAnswer: ProtobufMessage {
  var header = Etcd.ResponseHeader()
  var response = DeleteResponse(deletedCount: 0)

  init() {}

  init(_ header: Etcd.ResponseHeader, _ response: DeleteResponse) {
    self.header = header
    self.response = response
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, header)
    output.put(2, Int64(response.deletedCount))
    for keyValue in response.previous { output.put(3, KeyValueRecord(keyValue)) }
  }
}

/// `etcdserverpb.TxnResponse`
struct TransactionAnswer: ProtobufMessage {
  var header = Etcd.ResponseHeader()
  var response = TransactionResponse(revision: .zero, succeeded: false, results: [])

  init() {}

  init(_ header: Etcd.ResponseHeader, _ response: TransactionResponse) {
    self.header = header
    self.response = response
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, header)
    output.put(2, response.succeeded)
    for result in response.results { output.put(3, ResultRecord(result, revision: response.revision)) }
  }
}

/// `etcdserverpb.ResponseOp`. Headers inside of a transaction carry the revision and nothing else.
struct ResultRecord: ProtobufMessage {
  var result = OperationResult.put(PutResponse())
  var revision = Revision.zero

  init() {}

  init(_ result: OperationResult, revision: Revision) {
    self.result = result
    self.revision = revision
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    let header = Etcd.ResponseHeader(revision: revision.rawValue)
    switch result {
    case .range(let response): output.put(1, RangeAnswer(header, response))
    case .put(let response): output.put(2, PutAnswer(header, response))
    case .delete(let response): output.put(3, DeleteAnswer(header, response))
    case .transaction(let response): output.put(4, TransactionAnswer(header, response))
    }
  }
}
#endif
