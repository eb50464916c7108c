#if Networking
import NIOCore

/// What one stream has to send, in order, while flow control or a full socket holds it back.
struct OutgoingQueue {
  enum Item {
    case head
    /// A framed message or what is left of it; `written` is told the bytes of each part that goes.
    case data(ByteBuffer, written: (@Sendable (Int) -> Void)?)
    /// A framed message, or what is left of it, that is made while it is sent.
    case pieces(PiecewiseFrame)
    case trailers(GRPCStatus)
  }

  private var items = CircularBuffer<Item>(initialCapacity: 2)

  var isEmpty: Bool { items.isEmpty }
  var first: Item? { items.first }

  mutating func append(_ item: Item) { items.append(item) }
  mutating func prepend(_ item: Item) { items.prepend(item) }
  mutating func dropFirst() { items.removeFirst() }
  mutating func replaceFirst(with item: Item) { items[items.startIndex] = item }

  /// Bytes of messages in it.
  var byteCount: Int {
    items.reduce(0) { sum, item in
      switch item {
      case .data(let bytes, _): sum + bytes.readableBytes
      case .pieces(let frame): sum + frame.remainingBytes
      case .head, .trailers: sum
      }
    }
  }
}
#endif
