import EdgeProtobuf

// Messages that etcd names once for each call, although they hold the same members.

extension Etcd {
  /// A request without members.
  public struct EmptyRequest: ProtobufMessage {
    public init() {}

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      try cursor.skip(wire)
    }

    public func writeFields(to output: inout some ProtobufOutput) {}
  }

  /// An answer that says no more than that it was done.
  public struct HeaderResponse: ProtobufMessage {
    public var header: ResponseHeader?

    public init() {}

    public init(header: ResponseHeader? = nil) {
      self.header = header
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
    }
  }

  /// A request that names a lease.
  public struct LeaseIDRequest: ProtobufMessage {
    public var id: Int64 = 0

    public init() {}

    public init(id: Int64 = 0) {
      self.id = id
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
    }
  }

  /// A request that names a member.
  public struct MemberIDRequest: ProtobufMessage {
    public var id: UInt64 = 0

    public init() {}

    public init(id: UInt64 = 0) {
      self.id = id
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInteger(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
    }
  }

  /// The members as they are afterwards.
  public struct MembersResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var members: [Member] = []

    public init() {}

    public init(header: ResponseHeader? = nil, members: [Member] = []) {
      self.header = header
      self.members = members
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: members.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, members)
    }
  }
}
