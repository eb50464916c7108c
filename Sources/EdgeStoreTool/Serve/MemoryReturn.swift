#if Networking && SQLite
import CEdgeProcess
import EdgeStore

/// Gives memory back to the system that a burst of writes needed and nothing needs any more.
///
/// The C library keeps what was freed for whoever asks next, and pages between blocks in use it gives back only when told
/// to. After a load of half a million new keys that is a tenth of the process.
struct MemoryReturn: Sendable {
  let store: any MVCCStore

  /// Seldom enough that a server without writes is hardly woken, and that its callers do not feel it under load.
  static let period: Duration = .seconds(2)
  /// What must have been written since the last time: fewer bytes leave nothing worth the millisecond.
  static let leastBytesWritten: Int64 = 8 << 20

  /// Goes on until its task is cancelled.
  func run(sleep: @Sendable (Duration) async throws -> Void) async throws {
    var returnedAt: Int64 = 0
    while true {
      try await sleep(Self.period)
      guard let written = try? await store.status().bytesWritten, written - returnedAt >= Self.leastBytesWritten else {
        continue
      }
      edge_trim_allocator()
      returnedAt = written
    }
  }
}
#endif
