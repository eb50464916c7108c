/// Who opens the first connection of a session, and so which stream ids are whose.
public enum SessionRole: UInt64, Hashable, Sendable {
  case client = 0
  case server = 1

  public var peer: SessionRole { self == .client ? .server : .client }
}

public enum StreamDirection: UInt64, Hashable, Sendable, CaseIterable {
  /// Both ends send.
  case bidirectional = 0
  /// Only the end that opened it sends.
  case unidirectional = 2
}

/// The number of a stream (RFC 9000, section 2.1): the lowest bit names the end that opened it, the next the direction, and
/// the rest counts the streams of that kind.
public struct StreamID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public init(_ index: UInt64, _ direction: StreamDirection, openedBy opener: SessionRole) {
    rawValue = index << 2 | direction.rawValue | opener.rawValue
  }

  public var opener: SessionRole { rawValue & 1 == 0 ? .client : .server }
  public var direction: StreamDirection { rawValue & 2 == 0 ? .bidirectional : .unidirectional }
  /// How many streams of this kind were opened before.
  public var index: UInt64 { rawValue >> 2 }

  func isSent(by role: SessionRole) -> Bool { direction == .bidirectional || opener == role }
  func isReceived(by role: SessionRole) -> Bool { direction == .bidirectional || opener != role }

  public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }
  public var description: String { "stream \(rawValue)" }
}
