#if Networking
import EtcdAPI
import Synchronization

/// The alarms that an operator has raised, each for a member by its id, which need not be that of this one. While NOSPACE is
/// raised for any nothing may be put, and deletions go on; while CORRUPT is, nothing may be changed at all.
///
/// A store that is out of space by itself says so with each refusal, and takes writes again as soon as there is room; that
/// is listed as an alarm too, but there is nothing to disarm.
final class AlarmBoard: Sendable {
  private let raised: Mutex<Set<Etcd.AlarmMember>>
  /// What every write asks, without the lock: 0, or the code of the worst alarm.
  private let worst: Atomic<Int32>
  private let persist: @Sendable (Set<Etcd.AlarmMember>) throws -> Void

  /// Ids of members are whatever a client says.
  private static let maximumAlarms = 1000

  /// - Parameter persist: keeps alarms over restarts; called with all of them when they change.
  init(_ raised: Set<Etcd.AlarmMember>, persist: @escaping @Sendable (Set<Etcd.AlarmMember>) throws -> Void) {
    self.raised = Mutex(raised)
    worst = Atomic(Self.worst(raised))
    self.persist = persist
  }

  /// Why a write is refused.
  /// - Parameter puts: whether it needs space.
  func refusal(puts: Bool) -> Etcd.Failure? {
    switch worst.load(ordering: .relaxed) {
    case Etcd.AlarmType.corrupt.rawValue: .corrupt
    case Etcd.AlarmType.noSpace.rawValue: puts ? .noSpace : nil
    default: nil
    }
  }

  /// What is asked of every write first.
  var isAnyRaised: Bool { worst.load(ordering: .relaxed) != 0 }

  /// By member, then by kind, as etcd lists them.
  var all: [Etcd.AlarmMember] {
    raised.withLock { $0.sorted { ($0.memberID, $0.alarm.rawValue) < ($1.memberID, $1.alarm.rawValue) } }
  }

  /// - Throws: a refusal where there are too many; what `persist` throws.
  func raise(_ alarm: Etcd.AlarmMember) throws {
    _ = try change { raised throws(Etcd.Failure) in
      if raised.count >= Self.maximumAlarms { throw .tooManyRequests }
      return raised.insert(alarm).inserted
    }
  }

  /// - Returns: whether it was raised before.
  func lower(_ alarm: Etcd.AlarmMember) throws -> Bool { try change { $0.remove(alarm) != nil } }

  private func change(_ body: (inout Set<Etcd.AlarmMember>) throws -> Bool) throws -> Bool {
    try raised.withLock { raised in
      var next = raised
      guard try body(&next) else { return false }
      try persist(next)
      raised = next
      worst.store(Self.worst(next), ordering: .relaxed)
      return true
    }
  }

  private static func worst(_ alarms: Set<Etcd.AlarmMember>) -> Int32 {
    alarms.map(\.alarm.rawValue).filter { $0 <= Etcd.AlarmType.corrupt.rawValue }.max() ?? 0
  }
}
#endif
