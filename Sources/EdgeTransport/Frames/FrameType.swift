/// The numbers of the frames: RFC 9000, table 3, RFC 9221 for DATAGRAM, and our own.
enum FrameType {
  static let padding: UInt64 = 0x00
  static let ping: UInt64 = 0x01
  static let acknowledgement: UInt64 = 0x02
  /// ACK with counts of ECN marks.
  static let acknowledgementECN: UInt64 = 0x03
  static let resetStream: UInt64 = 0x04
  static let stopSending: UInt64 = 0x05
  /// 0x08 with three flags.
  static let stream: UInt64 = 0x08
  static let streamFinal: UInt64 = 0x01
  static let streamLength: UInt64 = 0x02
  static let streamOffset: UInt64 = 0x04
  static let maxData: UInt64 = 0x10
  static let maxStreamData: UInt64 = 0x11
  static let maxStreamsBidirectional: UInt64 = 0x12
  static let maxStreamsUnidirectional: UInt64 = 0x13
  static let dataBlocked: UInt64 = 0x14
  static let streamDataBlocked: UInt64 = 0x15
  static let streamsBlockedBidirectional: UInt64 = 0x16
  static let streamsBlockedUnidirectional: UInt64 = 0x17
  static let connectionClose: UInt64 = 0x1C
  static let applicationClose: UInt64 = 0x1D
  /// DATAGRAM up to the end of the packet, of which a byte carrier has none.
  static let datagram: UInt64 = 0x30
  static let datagramLength: UInt64 = 0x31

  /// Our frames, parameters and error codes lie in one block of 256 numbers, picked at random as section 22.1.2 asks of
  /// numbers that are not registered.
  static let ours: UInt64 = 0x3A7C_5100
  static let hello: UInt64 = ours
  static let resume: UInt64 = ours + 1
  static let priority: UInt64 = ours + 2
  /// Compressed bytes of a stream, and the last of them.
  static let compressedStream: UInt64 = ours + 3
  static let compressedStreamFinal: UInt64 = ours + 4
}
