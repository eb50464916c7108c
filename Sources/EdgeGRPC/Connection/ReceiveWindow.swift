#if Networking
/// How much a peer may still send, and when to tell it that it may send more (RFC 9113, section 5.2).
///
/// Bytes that a handler has not taken yet are held back, so a handler that is slow stops its own stream and no other.
struct ReceiveWindow {
  private let size: Int
  /// Received and not yet given back.
  private var owed = 0
  /// Of these, what lies in complete messages that nobody has taken.
  private(set) var held = 0

  init(size: Int) { self.size = size }

  /// Whether a peer that sends so many bytes more keeps to what it was told. Until it has heard of a window that is smaller
  /// than HTTP/2's own, it has that one.
  func allows(_ bytes: Int) -> Bool { owed + bytes <= max(size, 65_535) }

  /// - Returns: the increment to announce now, if it is worth a frame.
  mutating func received(_ bytes: Int, holding held: Int = 0) -> Int? {
    owed += bytes
    self.held += held
    return increment()
  }

  mutating func taken(_ bytes: Int) -> Int? {
    held -= bytes
    return increment()
  }

  private mutating func increment() -> Int? {
    // A message that is larger than the window was given back in part before it was complete: then less is owed than held.
    let free = owed - held
    guard free > 0, free >= size / 2 else { return nil }
    owed -= free
    return free
  }
}
#endif
