/// One level of flow control at the receiving end (RFC 9000, section 4): how far the peer may send, how far it has, and how
/// far what it sent was consumed. It stands for one stream or for a whole session.
///
/// The peer is told more when half of the window was consumed.
struct ReceiveWindow: Sendable {
  enum Scope: Sendable {
    case stream
    /// It may be held in part by streams that nobody reads; when little is left beside them, the peer is told earlier, so
    /// that the others do not starve.
    case session
  }

  let size: UInt64
  let scope: Scope
  /// The offset the peer has been told.
  private(set) var advertised: UInt64
  private(set) var received: UInt64 = 0
  private(set) var consumed: UInt64 = 0

  init(size: UInt64, of scope: Scope) {
    self.size = size
    self.scope = scope
    advertised = size
  }

  /// How many bytes may still come.
  var credit: UInt64 { advertised - received }

  /// Counts bytes that the caller has checked against ``credit``.
  mutating func receive(_ count: UInt64) { received += count }
  mutating func consume(_ count: UInt64) { consumed += count }

  var isUpdateDue: Bool {
    let gain = consumed + size - advertised
    let isShort = scope == .session && gain >= size / 16 && credit < size / 4
    return gain > 0 && (gain >= size / 2 || isShort)
  }

  /// The limit to tell now.
  mutating func update() -> UInt64 {
    advertised = consumed + size
    return advertised
  }
}
