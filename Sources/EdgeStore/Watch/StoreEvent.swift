/// One change of one key.
public struct StoreEvent: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case put, delete }

  public var kind: Kind
  /// The version written; of a deletion only key and modRevision are set.
  public var keyValue: KeyValue
  /// What the key held before this event's revision, when the watch asked for it; nil for a creation.
  public var previous: KeyValue?

  public init(kind: Kind, keyValue: KeyValue, previous: KeyValue?) {
    self.kind = kind
    self.keyValue = keyValue
    self.previous = previous
  }

  /// Whether the key did not exist before this event.
  public var isCreate: Bool { kind == .put && keyValue.createRevision == keyValue.modRevision }
}

/// All events of one revision that a watch is interested in, in the order of the transaction's operations.
///
/// Without events it is a note of progress, for a watch that asked for it: everything up to the revision has been shown,
/// and what comes next is of a later one.
public struct WatchBatch: Hashable, Sendable {
  public var revision: Revision
  public var events: [StoreEvent]

  public init(revision: Revision, events: [StoreEvent]) {
    self.revision = revision
    self.events = events
  }
}
