#if Networking
import NIOCore

/// What a peer asks of its sender (RFC 9113, section 6.5.2), as far as a server that pushes nothing minds it.
struct PeerSettings: Equatable {
  var headerTableBytes = 4096
  var streamWindow = 65_535
  var maximumFrameBytes = smallestFrameBytes

  /// Every peer takes frames of this length.
  static let smallestFrameBytes = 16_384
  static let bytesPerSetting = 6

  private enum Identifier {
    static let headerTableSize: UInt16 = 0x1
    static let enablePush: UInt16 = 0x2
    static let initialWindowSize: UInt16 = 0x4
    static let maximumFrameSize: UInt16 = 0x5
  }

  /// Applies the payload of a SETTINGS frame, a whole number of settings.
  mutating func apply(_ payload: ByteBuffer) throws(ConnectionFailure) {
    var payload = payload
    while let (identifier, value) = payload.readMultipleIntegers(as: (UInt16, UInt32).self) {
      switch identifier {
      case Identifier.headerTableSize: headerTableBytes = Int(value)
      case Identifier.enablePush:
        if value > 1 { throw ConnectionFailure(.protocolError, "ENABLE_PUSH is 0 or 1") }
      case Identifier.initialWindowSize:
        if value > 0x7fff_ffff { throw ConnectionFailure(.flowControlError, "the window is too large") }
        streamWindow = Int(value)
      case Identifier.maximumFrameSize:
        guard (16_384...0xff_ffff).contains(value) else {
          throw ConnectionFailure(.protocolError, "the frame size is out of bounds")
        }
        maximumFrameBytes = Int(value)
      default: break
      }
    }
  }

  /// A SETTINGS frame of ours.
  static func frame(maximumConcurrentStreams: Int, streamWindow: Int, maximumHeaderBytes: Int) -> ByteBuffer {
    let settings: [(UInt16, Int)] = [(0x3, maximumConcurrentStreams), (0x4, streamWindow), (0x6, maximumHeaderBytes)]
    var frame = ByteBuffer()
    frame.write(
      FrameHeader(FrameHeader.Kind.settings, .connection, length: settings.count * bytesPerSetting))
    for (identifier, value) in settings { frame.writeMultipleIntegers(identifier, UInt32(clamping: value)) }
    return frame
  }
}
#endif
