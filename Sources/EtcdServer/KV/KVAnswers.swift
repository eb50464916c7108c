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
  private var moment = Moment(before: .zero, after: .zero)

  /// Where the store stands for one operation of a transaction.
  struct Moment: Hashable {
    var before: Revision
    var after: Revision
    /// Whether the transaction has changed something yet.
    var isAfterChange = false

    mutating func pass(_ result: OperationResult) { isAfterChange = isAfterChange || result.isChange }

    var revision: Revision { isAfterChange ? after : before }
  }

  init() {}

  init(_ header: Etcd.ResponseHeader, _ response: TransactionResponse) {
    let before =
      response.results.contains(where: \.isChange) ? response.revision.rawValue - 1 : response.revision.rawValue
    self.init(header, response, Moment(before: Revision(rawValue: before), after: response.revision))
  }

  fileprivate init(_ header: Etcd.ResponseHeader, _ response: TransactionResponse, _ moment: Moment) {
    self.header = header
    self.response = response
    self.moment = moment
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, header)
    output.put(2, response.succeeded)
    var moment = moment
    for result in response.results {
      output.put(3, ResultRecord(result, moment))
      moment.pass(result)
    }
  }
}

/// `etcdserverpb.ResponseOp`. Headers inside of a transaction carry a revision and nothing else: the transaction's own from the
/// first change on, before that the one that it found. Those of nested transactions are empty.
struct ResultRecord: ProtobufMessage {
  private var result = OperationResult.put(PutResponse())
  private var moment = TransactionAnswer.Moment(before: .zero, after: .zero)

  init() {}

  init(_ result: OperationResult, _ moment: TransactionAnswer.Moment) {
    self.result = result
    self.moment = moment
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    if case .transaction(let response) = result {
      return output.put(4, TransactionAnswer(Etcd.ResponseHeader(), response, moment))
    }
    var passed = moment
    passed.pass(result)
    let header = Etcd.ResponseHeader(revision: passed.revision.rawValue)
    switch result {
    case .range(let response): output.put(1, RangeAnswer(header, response))
    case .put(let response): output.put(2, PutAnswer(header, response))
    case .delete(let response): output.put(3, DeleteAnswer(header, response))
    case .transaction: break
    }
  }
}

extension OperationResult {
  fileprivate var isChange: Bool {
    switch self {
    case .range: false
    case .put: true
    case .delete(let response): response.deletedCount > 0
    case .transaction(let response): response.results.contains(where: \.isChange)
    }
  }
}
#endif
