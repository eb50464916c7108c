#if Networking
import EdgePrimitives
import NIOCore
import NIOWebSocket

/// Writes frames into one buffer, so that many small messages leave in one write and one TLS record.
struct FrameWriter {
  /// Clients mask each frame with a fresh key (RFC 6455 5.3), servers never do.
  private let masks: Bool
  private let entropy: any EntropySource

  init(masks: Bool, entropy: any EntropySource) {
    self.masks = masks
    self.entropy = entropy
  }

  func append(_ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, to buffer: inout ByteBuffer) {
    let count = payload.count
    let maskBit: UInt8 = masks ? 0x80 : 0
    buffer.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
    switch count {
    case ..<126: buffer.writeInteger(maskBit | UInt8(count))
    case ...Int(UInt16.max):
      buffer.writeInteger(maskBit | 126)
      buffer.writeInteger(UInt16(count))
    default:
      buffer.writeInteger(maskBit | 127)
      buffer.writeInteger(UInt64(count))
    }
    guard masks else {
      buffer.writeBytes(payload)
      return
    }
    let key = UInt32(truncatingIfNeeded: entropy.next())
    buffer.writeInteger(key)
    let start = buffer.writerIndex
    buffer.writeBytes(payload)
    mask(&buffer, from: start, count: count, key: key)
  }

  /// Eight bytes a step; the key repeats every four.
  private func mask(_ buffer: inout ByteBuffer, from start: Int, count: Int, key: UInt32) {
    let wide = UInt64(key) << 32 | UInt64(key)
    let end = start + count
    var cursor = start
    while cursor + 8 <= end, let word = buffer.getInteger(at: cursor, as: UInt64.self) {
      buffer.setInteger(word ^ wide, at: cursor)
      cursor += 8
    }
    while cursor < end, let byte = buffer.getInteger(at: cursor, as: UInt8.self) {
      let shift = UInt32(24 - 8 * ((cursor - start) % 4))
      buffer.setInteger(byte ^ UInt8(truncatingIfNeeded: key >> shift), at: cursor)
      cursor += 1
    }
  }
}
#endif
