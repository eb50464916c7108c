#if Networking && SQLite
import CEdgeProcess

/// How the C library's allocator suits a server whose threads hand memory to each other.
enum AllocatorSettings {
  /// Comes before there is a second thread, which would have an arena of its own by then.
  ///
  /// A request's bytes are taken by a connection's thread and given back by the writer's. With one arena the two wait for
  /// each other, a call of the system each time; more than two save little, and each keeps what it had at its worst.
  /// Large blocks, such as a long list's answer, go back to the system when they are done.
  static func apply() {
    edge_bound_allocator(2, 1 << 20, 4 << 20, 1 << 20)
  }
}
#endif
