import EdgeProtobuf

extension Etcd {
  /// How a comparison compares.
  public struct ComparisonResult: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let equal = ComparisonResult(rawValue: 0)
    public static let greater = ComparisonResult(rawValue: 1)
    public static let less = ComparisonResult(rawValue: 2)
    public static let notEqual = ComparisonResult(rawValue: 3)
  }

  /// What a comparison looks at.
  public struct ComparisonTarget: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let version = ComparisonTarget(rawValue: 0)
    public static let createRevision = ComparisonTarget(rawValue: 1)
    public static let modRevision = ComparisonTarget(rawValue: 2)
    public static let value = ComparisonTarget(rawValue: 3)
    public static let lease = ComparisonTarget(rawValue: 4)
  }

  /// A condition of a transaction: a field of a key, or of all keys of a range, against an operand.
  public struct Comparison: ProtobufMessage {
    /// What the field is compared with. A missing one counts as zero or empty, and one that does not fit ``target`` too.
    public enum Operand: Hashable, Sendable {
      case version(Int64)
      case createRevision(Int64)
      case modRevision(Int64)
      case value([UInt8])
      case lease(Int64)
    }

    public var result = ComparisonResult.equal
    public var target = ComparisonTarget.version
    public var key: [UInt8] = []
    public var operand: Operand?
    /// As in ``RangeRequest``.
    public var rangeEnd: [UInt8] = []

    public init() {}

    /// A comparison whose target is that of its operand.
    public init(key: [UInt8], rangeEnd: [UInt8] = [], _ result: ComparisonResult, _ operand: Operand) {
      self.key = key
      self.rangeEnd = rangeEnd
      self.result = result
      self.operand = operand
      target =
        switch operand {
        case .version: .version
        case .createRevision: .createRevision
        case .modRevision: .modRevision
        case .value: .value
        case .lease: .lease
        }
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: result = ComparisonResult(rawValue: try cursor.readInt32(wire))
      case 2: target = ComparisonTarget(rawValue: try cursor.readInt32(wire))
      case 3: key = try cursor.readBytes(wire)
      case 4: operand = .version(try cursor.readInt64(wire))
      case 5: operand = .createRevision(try cursor.readInt64(wire))
      case 6: operand = .modRevision(try cursor.readInt64(wire))
      case 7: operand = .value(try cursor.readBytes(wire))
      case 8: operand = .lease(try cursor.readInt64(wire))
      case 64: rangeEnd = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, result.rawValue)
      output.put(2, target.rawValue)
      output.put(3, key)
      switch operand {
      case .version(let number): output.putAlways(4, number)
      case .createRevision(let revision): output.putAlways(5, revision)
      case .modRevision(let revision): output.putAlways(6, revision)
      case .value(let value): output.putAlways(7, value)
      case .lease(let id): output.putAlways(8, id)
      case nil: break
      }
      output.put(64, rangeEnd)
    }
  }
}
