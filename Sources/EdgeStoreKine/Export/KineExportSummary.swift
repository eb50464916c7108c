#if SQLite
import EdgeStore

/// What was written into a kine database, and what could not be and why.
public struct KineExportSummary: Hashable, Sendable {
  public var keyCount = 0
  /// Where kine will stand: where the store stood, further by ``movedKeys``.
  public var revision = Revision.initial
  /// Up to where kine will say that it compacted.
  public var compactedRevision = Revision.zero
  public var historyRevisionCount = 0
  public var leasedKeyCount = 0
  /// Left out: changes before ``compactedRevision``. Kine has one key for a revision; so history begins after the last
  /// revision that changed several, as the end of a lease does.
  public var leftOutChangeCount = 0
  /// Keys that share their mod revision with another one and so got a new one, beyond the store's. Kubernetes writes
  /// none such.
  public var movedKeys: [StoreKey] = []
  /// Left out: keys that kine would take for rows of its own.
  public var reservedKeys: [StoreKey] = []
}
#endif
