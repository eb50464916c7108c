#if Networking
/// How long one end of a conversation polls its socket before it sleeps. Times are in nanoseconds.
///
/// Sleeping and being woken costs a virtual machine 20 to 50 us, which is most of a short round trip. As the halt polling of
/// KVM does, this bets some processor time on the next message being near, and learns from each wait whether the bet was
/// good:
///
/// ```
/// closed (no polling) --enough quick waits in a row--> open (at the maximum)
///   open: the message came within the window -> stays; came soon after -> doubles; else -> halves
///   open --too small, or silence--> closed; each time it was in vain, twice as many quick waits are asked for
/// ```
///
/// So a conversation that ends costs one window, and one that is always a little too slow for it next to nothing.
struct PollWindow {
  /// Waits of up to this many windows are quick: before anybody polls, they contain the waking of both ends.
  static let quickWindows: Int64 = 3
  /// In windows: after so long a wait nothing is left of the conversation.
  static let silenceWindows: Int64 = 100
  /// Halved this often, a window closes.
  static let maximumHalvings = 3
  /// Quick waits in a row that open the window.
  static let firstPatience = 4
  static let maximumPatience = 1024

  /// The bound of ``current``; zero never polls.
  let maximum: Int64
  /// How long to poll now; zero while closed.
  private(set) var current: Int64 = 0
  private var quickWaits = 0
  private var patience = PollWindow.firstPatience

  init(maximum: Int64) { self.maximum = max(0, maximum) }

  /// What counts as a quick wait, and as a quick turn between a message and its answer.
  var quick: Int64 { maximum * Self.quickWindows }

  /// A wait, from an answer sent to the next message, is over.
  mutating func waited(_ wait: Int64) {
    guard maximum > 0 else { return }
    if current == 0 {
      quickWaits = wait <= quick ? quickWaits + 1 : 0
      if quickWaits >= patience { current = maximum }
    } else if wait <= current {
      patience = Self.firstPatience
    } else if wait > maximum * Self.silenceWindows {
      close()
    } else if wait <= maximum {
      current = min(maximum, current * 2)
    } else {
      current /= 2
      guard current < maximum >> Self.maximumHalvings else { return }
      patience = min(patience * 2, Self.maximumPatience)
      close()
    }
  }

  /// This is no conversation of two, or not any more.
  mutating func close() {
    current = 0
    quickWaits = 0
  }
}
#endif
