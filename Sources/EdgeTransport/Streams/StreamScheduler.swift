/// Which stream sends next: the highest class that has something, and within a class one after the other.
///
/// Strict order alone would let a busy class silence those below for ever, and a stream that is never served pins its bytes
/// in the send buffer. So a class that was passed over for `guardBytes` gets one frame. With the default of 256 KiB and
/// frames of 16 KiB that costs the higher classes at most 6 % for each starving class, delays them by one frame, and lets a
/// backlog of bulk move at 6 % of the carrier at least.
struct StreamScheduler: Sendable {
  private let guardBytes: Int
  private var ready: [FIFO<StreamID>]
  /// What others have sent since the class was served or began to wait.
  private var passedOver: [Int]

  init(guardBytes: Int) {
    self.guardBytes = guardBytes
    ready = StreamPriority.allCases.map { _ in FIFO() }
    passedOver = StreamPriority.allCases.map { _ in 0 }
  }

  var isEmpty: Bool { ready.allSatisfy(\.isEmpty) }

  mutating func enqueue(_ stream: StreamID, _ priority: StreamPriority) {
    let rank = Int(priority.rawValue)
    if ready[rank].isEmpty { passedOver[rank] = 0 }
    ready[rank].append(stream)
  }

  /// Takes the next stream out, with the class it waited in.
  mutating func next() -> (StreamID, StreamPriority)? {
    var chosen: StreamPriority?
    for priority in StreamPriority.allCases where !ready[Int(priority.rawValue)].isEmpty {
      if passedOver[Int(priority.rawValue)] >= guardBytes {
        chosen = priority
        break
      }
      chosen = chosen ?? priority
    }
    guard let chosen, let stream = ready[Int(chosen.rawValue)].popFirst() else { return nil }
    return (stream, chosen)
  }

  /// Counts what a stream of `priority` has sent.
  mutating func sent(_ bytes: Int, by priority: StreamPriority) {
    for other in StreamPriority.allCases where other != priority && !ready[Int(other.rawValue)].isEmpty {
      passedOver[Int(other.rawValue)] += bytes
    }
    passedOver[Int(priority.rawValue)] = 0
  }
}
