#if Networking
import NIOCore
import NIOHTTP1

/// Puts one request together from its parts and says what the connection does next.
///
/// ```
/// awaitingHead --head--> receiving --end--> responding --responseEnds, keep-alive--> awaitingHead
///      |                     |                   |
///      '---- body too big ---+                   '--responseEnds, close--> closing
///                |
///                v
///            closing   (refused: the rest of the request is read and dropped)
/// ```
///
/// Only one request is ever in progress: NIO's pipelining handler holds the next one back until the response has ended.
struct RequestAssembly {
  struct Incoming {
    let head: HTTPRequestHead
    var body: [UInt8] = []
  }

  enum Action {
    case none
    /// The body is expected within the limits: tell the peer to send it (RFC 9110, section 10.1.1).
    case sendContinue
    case deliver(HTTPRequestHead, body: [UInt8])
    /// Answer 413 and close.
    case refuseOversized
    /// The refused request has been read to its end.
    case close
  }

  enum ResponseEnd: Equatable {
    case keepOpen
    case close
  }

  private enum State {
    case awaitingHead
    case receiving(Incoming)
    case responding(HTTPRequestHead)
    case closing
  }

  private let maximumBodyBytes: Int
  private var state = State.awaitingHead

  init(maximumBodyBytes: Int) { self.maximumBodyBytes = maximumBodyBytes }

  mutating func received(head: HTTPRequestHead) -> Action {
    guard case .awaitingHead = state else { return .none }
    let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    if announced > maximumBodyBytes {
      state = .closing
      return .refuseOversized
    }
    state = .receiving(Incoming(head: head))
    let expectsContinue = head.headers.first(name: "expect").map { equalIgnoringCase($0, "100-continue") } ?? false
    return expectsContinue && head.version == .http1_1 ? .sendContinue : .none
  }

  mutating func received(body part: ByteBuffer) -> Action {
    guard case .receiving(var incoming) = state else { return .none }
    if incoming.body.count + part.readableBytes > maximumBodyBytes {
      state = .closing
      return .refuseOversized
    }
    // Emptied first, so that appending does not copy the whole body each time.
    state = .closing
    incoming.body.append(contentsOf: part.readableBytesView)
    state = .receiving(incoming)
    return .none
  }

  mutating func receivedEnd() -> Action {
    switch state {
    case .receiving(let incoming):
      state = .responding(incoming.head)
      return .deliver(incoming.head, body: incoming.body)
    case .closing: return .close
    case .awaitingHead, .responding: return .none
    }
  }

  /// The request being answered; nil once the connection is closing.
  var requestInProgress: HTTPRequestHead? {
    if case .responding(let head) = state { return head }
    return nil
  }

  /// To be called before the end of the response is written, because the write lets the next request in.
  mutating func responseEnds() -> ResponseEnd {
    guard case .responding(let head) = state, head.isKeepAlive else {
      state = .closing
      return .close
    }
    state = .awaitingHead
    return .keepOpen
  }

  /// The peer sent something that is not HTTP, or is to be dropped for another reason.
  mutating func abandon() { state = .closing }
}
#endif
