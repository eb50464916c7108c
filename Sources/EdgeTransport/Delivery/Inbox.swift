/// What a receiver tells messages apart by.
public struct IncomingIdentity: Hashable, Sendable {
  /// The message's id; a repeated message keeps it.
  public let id: String
  /// What the message is about; messages of one object are applied in order.
  public let objectKey: String
  /// The version of the object; nil for what is no state of an object: a deletion, an event.
  public let version: UInt64?

  public init(id: String, objectKey: String, version: UInt64?) {
    self.id = id
    self.objectKey = objectKey
    self.version = version
  }

  /// By the rules of KubeEdge: the resource is the object, its resourceVersion the version. A deletion carries the
  /// version of what it deletes and is therefore judged by its id alone.
  public init(_ message: EdgeMessage) {
    let isState = message.operation != .delete && message.operation != .response
    self.init(
      id: message.id, objectKey: message.resource, version: isState ? UInt64(message.header.resourceVersion) : nil)
  }
}

public struct InboxConfiguration: Hashable, Sendable {
  /// How many message ids are remembered, and of how many objects the newest version. Repeats that come later are
  /// applied again. A sender can repeat what it may have pending, so this should be no less than its
  /// ``OutboxConfiguration/maximumPending``; one id costs about 50 bytes of memory and 20 of disk.
  public var maximumRemembered: Int
  /// How many refused messages are remembered for keeping the order of their objects. Beyond it the order of messages that
  /// were refused is not kept for further objects.
  public var maximumHeldBack: Int

  public init(maximumRemembered: Int = 16_384, maximumHeldBack: Int = 4096) {
    precondition(maximumRemembered > 0 && maximumHeldBack > 0)
    self.maximumRemembered = maximumRemembered
    self.maximumHeldBack = maximumHeldBack
  }
}

/// The receiving half of delivery: of each message says whether it must be applied, and remembers what was.
///
/// A value-type machine: the shell asks ``admit(_:session:)`` for one message after the other, applies what it is told
/// to, reports by ``applied(_:)`` or ``refused(_:isFinal:)``, writes ``record(_:)`` in the transaction of the effects and
/// answers when that is on the disk. Repeats after a crash of either end then have no second effect.
///
/// Order per object:
/// - a version not newer than one applied is superseded: acknowledged, not applied;
/// - messages without versions are applied as they come, and behind a refused one none is applied: those that come
///   after it are held back (refused as well) until the sender begins again with it or gives it up;
/// - a session that was followed by a newer one of the same peer is fenced: what it still brings is dropped, because
///   the newer session brings all that was not acknowledged, in order.
public struct Inbox: Sendable {
  public enum Admission: Hashable, Sendable {
    case apply
    /// This message was applied: acknowledge it once more.
    case duplicate
    /// A version at least as new was applied: acknowledge it.
    case superseded
    /// An older message of its object was refused: refuse it.
    case heldBack
    /// It comes from a session that is over: drop it without an answer.
    case fenced
  }

  public let configuration: InboxConfiguration
  public private(set) var counters = InboxCounters()
  private var known: Set<MessageKey> = []
  /// The remembered ids in the order of their records, for forgetting.
  private var batches = FIFO<(number: UInt64, keys: [MessageKey])>()
  private var lastBatch: UInt64 = 0
  private var versions: VersionMemory
  private var heldBack: [String: HeldBack] = [:]
  private var heldBackCount = 0
  private var lastSession: UInt64 = 0

  public init(configuration: InboxConfiguration = InboxConfiguration()) {
    self.configuration = configuration
    versions = VersionMemory(capacity: configuration.maximumRemembered)
  }

  public var rememberedCount: Int { known.count }

  /// A new connection of the peer begins, and those before it are over.
  public mutating func beginSession() -> UInt64 {
    lastSession += 1
    return lastSession
  }

  /// What to do with a message. Ask for one after the other, each after the outcome of the one before it of the same
  /// object is known.
  public mutating func admit(_ identity: IncomingIdentity, session: UInt64) -> Admission {
    let admission = judge(identity, session: session)
    counters.count(admission)
    return admission
  }

  private mutating func judge(_ identity: IncomingIdentity, session: UInt64) -> Admission {
    if session != lastSession { return .fenced }
    if known.contains(MessageKey(identity.id)) { return .duplicate }
    if let version = identity.version {
      return versions[identity.objectKey].map { version <= $0 } ?? false ? .superseded : .apply
    }
    var isAdmitted = true
    let mayGrow = heldBackCount < configuration.maximumHeldBack
    changeHeldBack(identity.objectKey) { isAdmitted = $0.admits(identity.id, mayGrow: mayGrow) }
    return isAdmitted ? .apply : .heldBack
  }

  private mutating func changeHeldBack(_ object: String, _ change: (inout HeldBack) -> Void) {
    guard var list = heldBack[object] else { return }
    heldBackCount -= list.count
    change(&list)
    heldBackCount += list.count
    heldBack[object] = list.count == 0 ? nil : list
  }

  /// The effect of the message is made, and durable with the next ``record(_:)``.
  public mutating func applied(_ identity: IncomingIdentity) {
    known.insert(MessageKey(identity.id))
    if let version = identity.version { versions.record(version, for: identity.objectKey) }
    settle(identity)
  }

  /// The effect of the message is made and durable, and a repeat would change nothing: no memory of its id is needed.
  public mutating func appliedIdempotently(_ identity: IncomingIdentity) {
    if let version = identity.version { versions.record(version, for: identity.objectKey) }
    settle(identity)
  }

  /// Judges objects by no version that came before: the sender compares states by itself, and its word is final. Its versions
  /// may have gone back, as after a restored backup.
  public mutating func forgetVersions() { versions.removeAll() }

  /// The message was not applied.
  /// - Parameter isFinal: whether the sender will give it up rather than repeat it.
  public mutating func refused(_ identity: IncomingIdentity, isFinal: Bool) {
    counters.refused += 1
    guard identity.version == nil else { return }
    if isFinal { return settle(identity) }
    let mayGrow = heldBackCount < configuration.maximumHeldBack
    if heldBack[identity.objectKey] == nil {
      guard mayGrow else { return }
      heldBack[identity.objectKey] = HeldBack()
    }
    changeHeldBack(identity.objectKey) { $0.refuse(identity.id, mayGrow: mayGrow) }
  }

  private mutating func settle(_ identity: IncomingIdentity) {
    guard identity.version == nil else { return }
    changeHeldBack(identity.objectKey) { $0.settle(identity.id) }
  }

  /// What to write together with the effects of these applied messages.
  ///
  /// One record for all of them, and the deletion of the oldest records beyond the bound; so the memory costs one write for a
  /// batch, not one for a message.
  public mutating func record(_ applied: [IncomingIdentity]) -> [JournalOperation] {
    guard !applied.isEmpty else { return [] }
    lastBatch += 1
    let record = InboxRecord(number: lastBatch, identities: applied)
    var operations = [JournalOperation.put(key: record.key, value: record.encoded())]
    if let forgotten = remember(record) {
      operations.append(
        .deleteRange(from: InboxRecord.key(forgotten.lowerBound), until: InboxRecord.key(forgotten.upperBound + 1)))
    }
    return operations
  }

  /// Takes back what an earlier life had on the disk, in any order.
  public mutating func restore(_ records: [InboxRecord]) {
    for record in records.sorted(by: { $0.number < $1.number }) {
      lastBatch = max(lastBatch, record.number)
      for identity in record.identities {
        known.insert(MessageKey(identity.id))
        if let version = identity.version { versions.record(version, for: identity.objectKey) }
      }
      _ = remember(record)
    }
  }

  /// Returns the records that are forgotten for it.
  private mutating func remember(_ record: InboxRecord) -> ClosedRange<UInt64>? {
    batches.append((record.number, record.identities.map { MessageKey($0.id) }))
    var forgotten: ClosedRange<UInt64>?
    while known.count > configuration.maximumRemembered, batches.count > 1, let oldest = batches.popFirst() {
      for key in oldest.keys { known.remove(key) }
      forgotten = (forgotten?.lowerBound ?? oldest.number)...oldest.number
    }
    return forgotten
  }
}

/// What an ``Inbox`` has done since it was made.
public struct InboxCounters: Hashable, Sendable {
  public var applied = 0
  public var duplicates = 0
  public var superseded = 0
  public var heldBack = 0
  public var fenced = 0
  public var refused = 0

  public init() {}

  mutating func count(_ admission: Inbox.Admission) {
    switch admission {
    case .apply: applied += 1
    case .duplicate: duplicates += 1
    case .superseded: superseded += 1
    case .heldBack: heldBack += 1
    case .fenced: fenced += 1
    }
  }
}
