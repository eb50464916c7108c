#if Networking
import EdgeGRPC
import EdgeProtobuf
import EdgeStore
import NIOCore

/// A long `etcdserverpb.RangeResponse`, written from the store's values while it is sent.
struct RangeAnswerPieces: GRPCMessagePieces {
  let byteCount: Int
  private let answer: RangeAnswer
  private var next = 0
  private var hasHeader = false

  /// From so many keys on it is worth it.
  static let minimumCount = 128

  init(_ answer: RangeAnswer) {
    self.answer = answer
    byteCount = answer.protobufByteCount
  }

  mutating func appendPiece(to buffer: inout ByteBuffer, target: Int) {
    if !hasHeader {
      hasHeader = true
      var counter = ProtobufByteCounter()
      answer.writeHead(to: &counter)
      buffer.writeProtobuf(byteCount: counter.count) { answer.writeHead(to: &$0) }
    }
    let end = buffer.readerIndex + target
    var isFirst = true
    while next < answer.response.kvs.count {
      var counter = ProtobufByteCounter()
      answer.writeElement(next, to: &counter)
      if !isFirst && buffer.writerIndex + counter.count > end { return }
      isFirst = false
      let index = next
      buffer.writeProtobuf(byteCount: counter.count) { answer.writeElement(index, to: &$0) }
      next += 1
    }
    var counter = ProtobufByteCounter()
    answer.writeTail(to: &counter)
    buffer.writeProtobuf(byteCount: counter.count) { answer.writeTail(to: &$0) }
  }
}
#endif
