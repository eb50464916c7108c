import EdgePrimitives

/// Reliable carriers as a bad network makes them, in virtual time and from one seed: bytes arrive late and cut anywhere, but
/// in order, until the carrier breaks at some byte; ends learn of that late, or, half-open, never.
///
/// Nothing runs by itself. The test sends, connects and breaks, and asks for the next event; time stands still in between.
/// The same seed and the same calls give the same run.
public struct SimulatedNetwork {
  /// What goes wrong, in tenths of a percent of the writes.
  public struct Faults: Sendable {
    public var latency: ClosedRange<Duration> = .milliseconds(1)...(.milliseconds(80))
    /// The carrier breaks within the bytes being written, at a random one; those after it never arrive.
    public var breaks: UInt64 = 0
    /// Of the breaks, in percent: one end is told nothing.
    public var halfOpen: UInt64 = 0
    /// All carriers stop for a while; what was sent arrives afterwards, unless the partition breaks them.
    public var partitions: UInt64 = 0
    public var partitionLength: ClosedRange<Duration> = .milliseconds(50)...(.seconds(3))
    /// Of the partitions, in percent: carriers do not survive it.
    public var partitionBreaks: UInt64 = 50
    /// The most bytes that arrive as one piece.
    public var maximumPiece = 4096

    public init() {}
    public static let none = Faults()
  }

  public enum End: Hashable, Sendable {
    case client
    case server

    public var other: End { self == .client ? .server : .client }
  }

  public struct Carrier: Hashable, Sendable {
    public let number: Int
  }

  public enum Event: Hashable, Sendable {
    case received(Carrier, at: End, [UInt8])
    /// The peer has closed in good order; everything it sent came before.
    case closed(Carrier, at: End)
    /// The carrier broke.
    case lost(Carrier, at: End)
  }

  private struct Direction {
    /// Nothing overtakes what was sent before.
    var lastArrival: Duration = .zero
    var bytesInFlight = 0
    var isCut = false
    /// The receiving end was told of the end, or has left.
    var isOver = false
  }

  private struct Entry {
    var time: Duration
    var order: Int
    var event: Event
  }

  public private(set) var now: Duration = .zero
  public var faults: Faults
  private let entropy: any EntropySource
  private var directions: [Carrier: [End: Direction]] = [:]
  /// In the order of time, the next one last.
  private var agenda: [Entry] = []
  private var order = 0
  private var carriers = 0
  private var partitionedUntil: Duration = .zero
  /// How often each fault has struck, so that a test can show that it tested something.
  public private(set) var breakCount = 0
  public private(set) var partitionCount = 0

  public init(seed: UInt64, faults: Faults = .none) {
    entropy = SeededEntropy(seed: seed)
    self.faults = faults
  }

  public var isPartitioned: Bool { partitionedUntil > now }

  /// A new carrier between client and server, nil during a partition.
  public mutating func connect() -> Carrier? {
    guard !isPartitioned else { return nil }
    let carrier = Carrier(number: carriers)
    carriers += 1
    directions[carrier] = [.client: Direction(), .server: Direction()]
    return carrier
  }

  /// What was sent by `end` and has not arrived; a test that wants backpressure writes only below a bound of its own.
  public func bytesInFlight(on carrier: Carrier, from end: End) -> Int { directions[carrier]?[end]?.bytesInFlight ?? 0 }

  public mutating func send(_ bytes: [UInt8], on carrier: Carrier, from end: End) {
    guard directions[carrier]?[end]?.isCut == false, !bytes.isEmpty else { return }
    if strikes(faults.partitions) { partition() }
    guard directions[carrier]?[end]?.isCut == false else { return }
    if strikes(faults.breaks) {
      deliver(bytes.prefix(Int(entropy.next(below: UInt64(bytes.count)))), on: carrier, from: end)
      breakCarrier(carrier)
    } else {
      deliver(bytes[...], on: carrier, from: end)
    }
  }

  /// Closes in good order: the other end sees it after the last byte, this end sees nothing more.
  public mutating func close(_ carrier: Carrier, from end: End) {
    directions[carrier]?[end.other]?.isOver = true
    guard directions[carrier]?[end]?.isCut == false else { return }
    directions[carrier]?[end]?.isCut = true
    schedule(.closed(carrier, at: end.other), on: carrier, from: end)
  }

  /// The process or interface at `end` dies: it sees nothing more, the other end is told late, or, half-open, never.
  public mutating func crash(_ carrier: Carrier, at end: End) {
    guard directions[carrier] != nil else { return }
    cut(carrier)
    directions[carrier]?[end.other]?.isOver = true
    if entropy.next(below: 100) >= faults.halfOpen { schedule(.lost(carrier, at: end.other), on: carrier, from: end) }
  }

  /// Breaks a carrier where it is; bytes in flight arrive before the ends learn of it.
  public mutating func breakCarrier(_ carrier: Carrier) {
    guard directions[carrier] != nil else { return }
    cut(carrier)
    breakCount += 1
    let deaf: End? =
      entropy.next(below: 100) < faults.halfOpen ? (entropy.next() & 1 == 0 ? .client : .server) : nil
    for end in [End.client, .server] where end != deaf {
      schedule(.lost(carrier, at: end), on: carrier, from: end.other)
    }
  }

  public mutating func partition() {
    partitionCount += 1
    partitionedUntil = now + random(faults.partitionLength)
    guard entropy.next(below: 100) < faults.partitionBreaks else { return }
    for carrier in directions.keys.sorted(by: { $0.number < $1.number }) where !isCut(carrier) { breakCarrier(carrier) }
  }

  /// Moves to the next event, but not beyond `limit`; nil when nothing happens until then.
  public mutating func next(until limit: Duration) -> Event? {
    while let entry = agenda.last, entry.time <= limit {
      agenda.removeLast()
      now = max(now, entry.time)
      if isWanted(entry.event) { return entry.event }
    }
    now = max(now, limit)
    return nil
  }

  private mutating func isWanted(_ event: Event) -> Bool {
    switch event {
    case .received(let carrier, let end, let bytes):
      directions[carrier]?[end.other]?.bytesInFlight -= bytes.count
      return directions[carrier]?[end.other]?.isOver == false
    case .closed(let carrier, let end), .lost(let carrier, let end):
      guard directions[carrier]?[end.other]?.isOver == false else { return false }
      directions[carrier]?[end.other]?.isOver = true
      return true
    }
  }

  private func isCut(_ carrier: Carrier) -> Bool {
    directions[carrier]?.values.contains { $0.isCut } ?? true
  }

  private mutating func cut(_ carrier: Carrier) {
    for end in [End.client, .server] { directions[carrier]?[end]?.isCut = true }
  }

  private mutating func deliver(_ bytes: ArraySlice<UInt8>, on carrier: Carrier, from end: End) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(1 + Int(entropy.next(below: UInt64(max(1, faults.maximumPiece)))))
      rest = rest.dropFirst(piece.count)
      directions[carrier]?[end]?.bytesInFlight += piece.count
      schedule(.received(carrier, at: end.other, Array(piece)), on: carrier, from: end)
    }
  }

  private mutating func schedule(_ event: Event, on carrier: Carrier, from end: End) {
    let arrival = max(
      max(now, partitionedUntil) + random(faults.latency), directions[carrier]?[end]?.lastArrival ?? .zero)
    directions[carrier]?[end]?.lastArrival = arrival
    order += 1
    let entry = Entry(time: arrival, order: order, event: event)
    // Few events wait at a time, and new ones belong near the front.
    let index = agenda.firstIndex { ($0.time, $0.order) < (entry.time, entry.order) } ?? agenda.endIndex
    agenda.insert(entry, at: index)
  }

  private func strikes(_ perMille: UInt64) -> Bool { perMille > 0 && entropy.next(below: 1000) < perMille }

  private func random(_ range: ClosedRange<Duration>) -> Duration {
    range.lowerBound + (range.upperBound - range.lowerBound) * entropy.unitInterval()
  }
}
