import EdgePrimitives

/// Writes frames, each message in one: nobody is helped by fragments of what is complete.
package struct WebSocketWriter {
  /// The longest header: two octets, eight of length and four of key.
  package static let maximumHeaderBytes = 14
  /// What a control frame may carry (RFC 6455 5.5).
  package static let maximumControlBytes = 125

  private var keys: MaskKeys?

  /// - Parameter masks: clients mask each frame with a fresh key, servers never do (RFC 6455 5.1).
  package init(masks: Bool, entropy: any EntropySource) {
    keys = masks ? MaskKeys(entropy) : nil
  }

  /// Writes one frame and gives the number of bytes written.
  /// - Parameter target: has room for the payload and ``maximumHeaderBytes``.
  package mutating func write(
    _ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(target.count >= payload.count + Self.maximumHeaderBytes, "no room for the frame")
    let maskBit: UInt8 = keys == nil ? 0 : 0x80
    target[0] = 0x80 | opcode.rawValue
    var position = 2
    switch payload.count {
    case ..<126: target[1] = maskBit | UInt8(truncatingIfNeeded: payload.count)
    case ...0xFFFF:
      target[1] = maskBit | 126
      target.storeBytes(of: UInt16(truncatingIfNeeded: payload.count).bigEndian, toByteOffset: 2, as: UInt16.self)
      position = 4
    default:
      target[1] = maskBit | 127
      target.storeBytes(of: UInt64(payload.count).bigEndian, toByteOffset: 2, as: UInt64.self)
      position = 10
    }
    if let key = keys?.next() {
      target.storeBytes(of: key.bigEndian, toByteOffset: position, as: UInt32.self)
      position += 4
      let body = UnsafeMutableRawBufferPointer(rebasing: target[position..<position + payload.count])
      body.copyMemory(from: payload)
      WebSocketMask.apply(key, at: 0, to: body)
    } else {
      UnsafeMutableRawBufferPointer(rebasing: target[position...]).copyMemory(from: payload)
    }
    return position + payload.count
  }
}

/// The kinds of frames (RFC 6455 5.2).
package enum WebSocketOpcode: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  var isControl: Bool { rawValue >= 8 }
}

/// Masking keys that nobody can foretell from earlier ones, without a system call for each: a keyed hash of a counter.
private struct MaskKeys {
  private let secret: (UInt64, UInt64)
  private var count: UInt64 = 0

  init(_ entropy: any EntropySource) { secret = (entropy.next(), entropy.next()) }

  mutating func next() -> UInt32 {
    count &+= 1
    // Swift's Hasher is SipHash, made to hold against those who choose its input.
    var hasher = Hasher()
    hasher.combine(secret.0)
    hasher.combine(secret.1)
    hasher.combine(count)
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }
}
