#if Networking
import EdgeGRPC
import EdgeStore

/// Responses that watches of one group may need again when they catch up: many of them fall behind together, at the same
/// events, and then would each have them encoded. Bounded in bytes; the oldest go first.
struct SharedMessages {
  /// Some stretch of revisions as one watch's client sees it.
  struct Key: Hashable {
    var group: Int
    var watchID: Int64
    var from: Revision
    var through: Revision
  }

  private var messages: [Key: [GRPCEncodedMessage]] = [:]
  private var order: [Key] = []
  private var totalBytes = 0

  private static let maximumBytes = 4 << 20

  /// Catch-up goes in strides that end at multiples of this, so that watches that fell behind at different places ask for the
  /// same stretches soon.
  private static let strideRevisions: Int64 = 128

  static func endOfStride(from revision: Revision) -> Revision {
    Revision(rawValue: revision.rawValue / strideRevisions * strideRevisions + strideRevisions - 1)
  }

  subscript(key: Key) -> [GRPCEncodedMessage]? { messages[key] }

  mutating func insert(_ new: [GRPCEncodedMessage], for key: Key) {
    guard messages.updateValue(new, forKey: key) == nil else { return }
    order.append(key)
    totalBytes += Self.byteCount(new)
    while totalBytes > Self.maximumBytes, let oldest = order.first {
      order.removeFirst()
      if let dropped = messages.removeValue(forKey: oldest) { totalBytes -= Self.byteCount(dropped) }
    }
  }

  private static func byteCount(_ messages: [GRPCEncodedMessage]) -> Int {
    messages.reduce(64) { $0 + $1.byteCount }
  }
}
#endif
