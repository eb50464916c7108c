import EdgeProtobuf

extension Etcd {
  /// What is wrong with a member.
  public struct AlarmType: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .none }

    public static let none = AlarmType(rawValue: 0)
    public static let noSpace = AlarmType(rawValue: 1)
    public static let corrupt = AlarmType(rawValue: 2)
  }

  /// What to do about an alarm.
  public struct AlarmAction: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .get }

    public static let get = AlarmAction(rawValue: 0)
    public static let activate = AlarmAction(rawValue: 1)
    public static let deactivate = AlarmAction(rawValue: 2)
  }

  /// Asks for alarms, or changes them.
  public struct AlarmRequest: ProtobufMessage {
    public var action = AlarmAction()
    /// 0 for all members.
    public var memberID: UInt64 = 0
    public var alarm = AlarmType()

    public init() {}

    public init(action: AlarmAction = AlarmAction(), memberID: UInt64 = 0, alarm: AlarmType = AlarmType()) {
      self.action = action
      self.memberID = memberID
      self.alarm = alarm
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: action = AlarmAction(rawValue: try cursor.readInt32(wire))
      case 2: memberID = try cursor.readInteger(wire)
      case 3: alarm = AlarmType(rawValue: try cursor.readInt32(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, action.rawValue)
      output.put(2, memberID)
      output.put(3, alarm.rawValue)
    }
  }

  /// An alarm of a member.
  public struct AlarmMember: ProtobufMessage, Hashable {
    public var memberID: UInt64 = 0
    public var alarm = AlarmType()

    public init() {}

    public init(memberID: UInt64 = 0, alarm: AlarmType = AlarmType()) {
      self.memberID = memberID
      self.alarm = alarm
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: memberID = try cursor.readInteger(wire)
      case 2: alarm = AlarmType(rawValue: try cursor.readInt32(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, memberID)
      output.put(2, alarm.rawValue)
    }
  }

  /// The alarms.
  public struct AlarmResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var alarms: [AlarmMember] = []

    public init() {}

    public init(header: ResponseHeader? = nil, alarms: [AlarmMember] = []) {
      self.header = header
      self.alarms = alarms
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: alarms.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, alarms)
    }
  }
}
