/// Messages out of the bytes of a stream, each behind its length. Memory follows what has come, not what was announced.
struct MessageStreamReader: Sendable {
  enum Reading: Equatable {
    case message([UInt8])
    case incomplete
    case tooLong(Int)
  }

  private static let lengthBytes = 4

  private let maximumBytes: Int
  private var buffer: [UInt8] = []
  private var position = 0

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  var isInsideMessage: Bool { position < buffer.count }

  mutating func append(_ bytes: [UInt8]) {
    if position == buffer.count {
      buffer = bytes
    } else {
      // What was read is dropped before more is kept, so that the head never outgrows a piece.
      buffer.removeFirst(position)
      buffer += bytes
    }
    position = 0
  }

  mutating func next() -> Reading {
    while buffer.count - position >= Self.lengthBytes {
      let length = buffer[position..<position + Self.lengthBytes].reduce(0) { $0 << 8 | Int($1) }
      guard length <= maximumBytes else { return .tooLong(length) }
      guard buffer.count - position - Self.lengthBytes >= length else { break }
      let start = position + Self.lengthBytes
      position = start + length
      defer { if position == buffer.count { release() } }
      if length > 0 { return .message(Array(buffer[start..<position])) }
    }
    return .incomplete
  }

  /// An idle stream keeps no buffer.
  private mutating func release() {
    buffer = []
    position = 0
  }
}
