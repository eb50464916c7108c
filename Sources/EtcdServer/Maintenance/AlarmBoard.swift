#if Networking
import EtcdAPI
import Synchronization

/// The alarms that an operator has raised. While NOSPACE is raised nothing may be put; deletions go on.
///
/// A store that is out of space by itself says so with each refusal, and takes writes again as soon as there is room; that
/// is listed as an alarm too, but there is nothing to disarm.
final class AlarmBoard: Sendable {
  private let raised: Mutex<Set<Etcd.AlarmType>>
  private let outOfSpace: Atomic<Bool>
  private let persist: @Sendable (Set<Etcd.AlarmType>) throws -> Void

  /// - Parameter persist: keeps alarms over restarts; called with all of them when they change.
  init(_ raised: Set<Etcd.AlarmType>, persist: @escaping @Sendable (Set<Etcd.AlarmType>) throws -> Void) {
    self.raised = Mutex(raised)
    outOfSpace = Atomic(raised.contains(.noSpace))
    self.persist = persist
  }

  var isOutOfSpace: Bool { outOfSpace.load(ordering: .relaxed) }

  var all: Set<Etcd.AlarmType> { raised.withLock { $0 } }

  /// - Returns: whether it was not raised before.
  func raise(_ alarm: Etcd.AlarmType) throws -> Bool { try change { $0.insert(alarm).inserted } }

  /// - Returns: whether it was raised before.
  func lower(_ alarm: Etcd.AlarmType) throws -> Bool { try change { $0.remove(alarm) != nil } }

  private func change(_ body: (inout Set<Etcd.AlarmType>) -> Bool) throws -> Bool {
    try raised.withLock { raised in
      var next = raised
      guard body(&next) else { return false }
      try persist(next)
      raised = next
      outOfSpace.store(next.contains(.noSpace), ordering: .relaxed)
      return true
    }
  }
}
#endif
