/// How much of a keyspace an engine with a disk keeps in memory beside the index of current keys.
package struct MemoryBounds: Sendable {
  /// Current values.
  package var valueBytes: Int
  /// History, estimated.
  package var historyBytes: Int

  package init(valueBytes: Int, historyBytes: Int) {
    self.valueBytes = valueBytes
    self.historyBytes = historyBytes
  }
}
