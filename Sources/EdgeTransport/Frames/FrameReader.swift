/// Frames out of the pieces in which a carrier delivers its bytes, wherever it cut them.
///
/// A frame that lies within one piece is a view of it; only the one across the border between two pieces is put together in
/// a buffer of its own. What waits is never more than one piece and one frame of ``maximumFrameBytes``.
public struct FrameReader: Sendable {
  public let maximumFrameBytes: Int
  private var piece: [UInt8] = []
  private var position = 0
  /// The start of a frame that reaches into `piece`.
  private var carried: [UInt8] = []

  public init(maximumFrameBytes: Int) { self.maximumFrameBytes = maximumFrameBytes }

  /// How many bytes came in and were not yet part of a frame.
  public var pendingBytes: Int { carried.count + piece.count - position }

  /// Takes the next piece, usually when the frames of the one before have been read.
  public mutating func append(_ bytes: [UInt8]) {
    if position == piece.count {
      piece = bytes
      position = 0
    } else {
      piece += bytes
    }
  }

  /// The next frame, or nil when the rest is part of one.
  public mutating func next() throws(FramingError) -> Frame? {
    if !carried.isEmpty { return try nextAcrossBorder() }
    guard position < piece.count else { return nil }
    guard let (frame, length) = try Frame.decode(piece[position...], maximumBytes: maximumFrameBytes) else {
      carried = Array(piece[position...])
      dropPiece()
      try checkLength()
      return nil
    }
    position += length
    if position == piece.count { dropPiece() }
    return frame
  }

  private mutating func nextAcrossBorder() throws(FramingError) -> Frame? {
    while position < piece.count {
      // Doubling keeps the attempts few; what was taken too much is given back.
      let taken = min(piece.count - position, max(64, carried.count))
      carried += piece[position..<position + taken]
      position += taken
      guard let (frame, length) = try Frame.decode(carried[...], maximumBytes: maximumFrameBytes) else {
        try checkLength()
        continue
      }
      position -= carried.count - length
      carried = []
      if position == piece.count { dropPiece() }
      return frame
    }
    dropPiece()
    return nil
  }

  /// An idle session keeps no buffer.
  private mutating func dropPiece() {
    piece = []
    position = 0
  }

  private func checkLength() throws(FramingError) {
    guard carried.count <= maximumFrameBytes else {
      throw FramingError(.frameEncodingError, "a frame of more than \(maximumFrameBytes) bytes")
    }
  }
}
