#if Networking
import NIOCore
import NIOHPACK

/// Decodes the header blocks of one connection's requests.
///
/// Clients say the same again and again. Once its fields are in the peer's table, a request's block consists of references
/// alone, which change no table: such blocks are known by their bytes until some other block changes the table.
struct RequestHeadReader {
  private var decoder: HPACKDecoder
  private var known: [(block: ByteBuffer, head: RequestHead)] = []

  private static let maximumKnown = 16

  init(maximumHeaderBytes: Int) {
    decoder = HPACKDecoder(
      allocator: ByteBufferAllocator(), maxDynamicTableSize: 4096, maxHeaderListSize: maximumHeaderBytes)
  }

  mutating func read(_ block: ByteBuffer) throws(ConnectionFailure) -> RequestHead {
    for (index, entry) in known.enumerated() where entry.block == block {
      if index > 0 { known.swapAt(index, index - 1) }
      return entry.head
    }
    var bytes = block
    let headers: HPACKHeaders
    do {
      headers = try decoder.decodeHeaders(from: &bytes)
    } catch {
      if error is NIOHPACKErrors.MaxHeaderListSizeViolation {
        throw ConnectionFailure(.enhanceYourCalm, "the headers are too long")
      }
      throw ConnectionFailure(.compressionError, "\(error)")
    }
    let head = RequestHead(headers)
    if Self.consistsOfReferences(block) {
      if known.count == Self.maximumKnown { known.removeLast() }
      // Copied, or it would hold the whole of what was read from the socket.
      known.append((ByteBuffer(bytes: block.readableBytesView), head))
    } else {
      known = []
    }
    return head
  }

  /// RFC 7541, section 6.1: references have the first bit set; those of 127 and more go on in further bytes, which is rare
  /// enough to be taken for something else.
  private static func consistsOfReferences(_ block: ByteBuffer) -> Bool {
    block.readableBytesView.allSatisfy { $0 & 0x80 != 0 && $0 != 0xff }
  }
}

/// A request's headers, and what they say to gRPC. Shared by all requests that say the same.
final class RequestHead: Sendable {
  let fields: HPACKHeaders
  let headers: CallHeaders
  /// Whether HTTP/2 allows them for a request.
  let isWellFormed: Bool

  init(_ fields: HPACKHeaders) {
    self.fields = fields
    headers = CallHeaders(fields)
    isWellFormed = Self.isWellFormed(fields)
  }

  /// RFC 9113, sections 8.2 and 8.3.
  private static func isWellFormed(_ fields: HPACKHeaders) -> Bool {
    var methods = 0
    var schemes = 0
    var paths = 0
    var authorities = 0
    var isPastPseudo = false
    for (name, value, _) in fields {
      if name.utf8.first == UInt8(ascii: ":") {
        if isPastPseudo { return false }
        switch name {
        case ":method": methods += 1
        case ":scheme": schemes += 1
        case ":path": paths += value.isEmpty ? 2 : 1
        case ":authority": authorities += 1
        default: return false
        }
        continue
      }
      isPastPseudo = true
      if name.isEmpty || name.utf8.contains(where: { (0x41...0x5a).contains($0) || $0 <= 0x20 || $0 >= 0x7f }) {
        return false
      }
      if value.utf8.contains(where: { $0 == 0 || $0 == 0xa || $0 == 0xd }) { return false }
      switch name {
      case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade": return false
      case "te": if value != "trailers" { return false }
      default: break
      }
    }
    return methods == 1 && schemes == 1 && paths == 1 && authorities <= 1
  }
}
#endif
