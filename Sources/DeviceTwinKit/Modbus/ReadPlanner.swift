/// Where a value lies: a run of registers, or of bits, of one table.
public struct RegisterSpan: Hashable, Sendable, Comparable {
  public var table: ModbusTable
  public var address: Int
  public var count: Int

  public init(_ table: ModbusTable, address: Int, count: Int) {
    precondition(address >= 0 && count > 0 && address + count <= 65_536, "a span lies within 0...65535")
    self.table = table
    self.address = address
    self.count = count
  }

  public var end: Int { address + count }

  public static func < (left: RegisterSpan, right: RegisterSpan) -> Bool {
    (left.table, left.address, left.count) < (right.table, right.address, right.count)
  }
}

/// One read request and the values that it brings.
public struct PlannedRead: Hashable, Sendable {
  public let span: RegisterSpan
  public let values: [RegisterSpan]
}

/// Joins values into as few reads as the device allows, and learns from its refusals what it does not (FF-20).
///
/// - Values are taken in the order of their addresses and joined while the gap between them, and the whole, stay
///   within the limits and the gap holds no address known to be unreadable.
/// - A value is never split: a 32-bit value read in two requests may be torn.
/// - A refused read (exception 2 or 3) is first split at its gaps, which are remembered as holes; without gaps the
///   limit is halved; a value that is refused alone is read alone from then on, so that it does not take its
///   neighbours with it, and the limit returns to what it was.
public struct ReadPlanner: Hashable, Sendable {
  public struct Limits: Hashable, Sendable {
    /// The most registers of one read, at most 125.
    public var registers = 125
    /// The most bits of one read, at most 2000.
    public var bits = 2000
    /// The most registers, or bits, read in vain between two values.
    public var gap = 16

    public init() {}
  }

  private let limits: Limits
  private var learnedMaximum: [ModbusTable: Int] = [:]
  private var holes: [ModbusTable: [Range<Int>]] = [:]
  private var isolated: Set<RegisterSpan> = []

  public init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Addresses that must not be read, known from the device's manual.
  public mutating func markUnreadable(_ addresses: Range<Int>, in table: ModbusTable) {
    guard !addresses.isEmpty, holes[table]?.contains(addresses) != true else { return }
    holes[table, default: []].append(addresses)
  }

  public func plan(_ values: some Sequence<RegisterSpan>) -> [PlannedRead] {
    var reads: [PlannedRead] = []
    var group: [RegisterSpan] = []
    var end = 0
    func close() {
      guard let first = group.first else { return }
      reads.append(
        PlannedRead(span: RegisterSpan(first.table, address: first.address, count: end - first.address), values: group))
      group = []
    }
    for value in Set(values).sorted() {
      if let first = group.first, value.table == first.table, !isolated.contains(value), !isolated.contains(first),
        value.address - end <= limits.gap, max(end, value.end) - first.address <= maximum(of: value.table),
        !isHole(min(end, value.address)..<value.address, in: value.table)
      {
        end = max(end, value.end)
      } else {
        close()
        end = value.end
      }
      group.append(value)
    }
    close()
    return reads
  }

  /// The device refused a read as a whole: returns the reads to try in its place, none when its only value cannot be
  /// had.
  public mutating func refused(_ read: PlannedRead) -> [PlannedRead] {
    guard read.values.count > 1 else {
      isolated.formUnion(read.values)
      learnedMaximum[read.span.table] = nil
      return []
    }
    let table = read.span.table
    let gaps = Self.gaps(in: read)
    if !gaps.isEmpty {
      for gap in gaps { markUnreadable(gap, in: table) }
      return plan(read.values)
    }
    let largest = read.values.map(\.count).max() ?? 1
    let half = max((read.span.count + 1) / 2, largest)
    guard half < read.span.count else {
      // Values that overlap cannot be told apart by a smaller limit.
      isolated.formUnion(read.values)
      return plan(read.values)
    }
    learnedMaximum[table] = half
    return plan(read.values)
  }

  private func maximum(of table: ModbusTable) -> Int {
    let configured = min(table.isBits ? limits.bits : limits.registers, table.maximumReadCount)
    return min(learnedMaximum[table] ?? configured, configured)
  }

  private func isHole(_ addresses: Range<Int>, in table: ModbusTable) -> Bool {
    holes[table]?.contains { $0.overlaps(addresses) } ?? false
  }

  private static func gaps(in read: PlannedRead) -> [Range<Int>] {
    var gaps: [Range<Int>] = []
    var end = read.span.address
    for value in read.values {
      if value.address > end { gaps.append(end..<value.address) }
      end = max(end, value.end)
    }
    return gaps
  }
}
