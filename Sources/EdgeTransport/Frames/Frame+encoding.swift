extension Frame {
  /// Appends the frame to `bytes`; as many frames as wanted share one buffer and so one write of the carrier.
  ///
  /// Integers over 2^62 - 1 are a fault of the caller and trap.
  public func append(to bytes: inout [UInt8]) {
    switch self {
    case .padding(let count): bytes.append(contentsOf: repeatElement(0, count: count))
    case .ping: Frame.append(FrameType.ping, to: &bytes)
    case .acknowledgement(let frame): Frame.append(frame, to: &bytes)
    case .resetStream(let stream, let code, let size):
      Frame.append(FrameType.resetStream, stream.rawValue, code, size, to: &bytes)
    case .stopSending(let stream, let code):
      Frame.append(FrameType.stopSending, stream.rawValue, code, to: &bytes)
    case .stream(let frame):
      Frame.appendStream(frame.stream, at: frame.offset, frame.data, isFinal: frame.isFinal, to: &bytes)
    case .compressedStream(let frame):
      Frame.append(
        frame.isFinal ? FrameType.compressedStreamFinal : FrameType.compressedStream, frame.stream.rawValue,
        frame.offset, UInt64(frame.plainCount), UInt64(frame.data.count), to: &bytes)
      bytes.append(contentsOf: frame.data)
    case .maxData(let limit): Frame.append(FrameType.maxData, limit, to: &bytes)
    case .maxStreamData(let stream, let limit):
      Frame.append(FrameType.maxStreamData, stream.rawValue, limit, to: &bytes)
    case .maxStreams(.bidirectional, let count): Frame.append(FrameType.maxStreamsBidirectional, count, to: &bytes)
    case .maxStreams(.unidirectional, let count): Frame.append(FrameType.maxStreamsUnidirectional, count, to: &bytes)
    case .dataBlocked(let limit): Frame.append(FrameType.dataBlocked, limit, to: &bytes)
    case .streamDataBlocked(let stream, let limit):
      Frame.append(FrameType.streamDataBlocked, stream.rawValue, limit, to: &bytes)
    case .streamsBlocked(.bidirectional, let limit):
      Frame.append(FrameType.streamsBlockedBidirectional, limit, to: &bytes)
    case .streamsBlocked(.unidirectional, let limit):
      Frame.append(FrameType.streamsBlockedUnidirectional, limit, to: &bytes)
    case .connectionClose(let close): Frame.append(close, to: &bytes)
    case .datagram(let data):
      Frame.append(FrameType.datagramLength, UInt64(data.count), to: &bytes)
      bytes.append(contentsOf: data)
    case .hello(let hello): Frame.append(hello, to: &bytes)
    case .resume(let resumption): Frame.append(resumption, to: &bytes)
    case .priority(let stream, let priority):
      Frame.append(FrameType.priority, stream.rawValue, priority, to: &bytes)
    }
  }

  /// The most that ``appendStream(_:at:_:isFinal:to:)`` writes beside the data.
  static let maximumStreamOverhead = 1 + 8 + 8 + 8

  /// Appends a STREAM frame; the one step of a payload into the carrier's buffer.
  public static func appendStream(
    _ stream: StreamID, at offset: UInt64, _ data: ArraySlice<UInt8>, isFinal: Bool, to bytes: inout [UInt8]
  ) {
    var type = FrameType.stream | FrameType.streamLength
    if isFinal { type |= FrameType.streamFinal }
    if offset > 0 { type |= FrameType.streamOffset }
    bytes.append(UInt8(type))
    Varint.append(stream.rawValue, to: &bytes)
    if offset > 0 { Varint.append(offset, to: &bytes) }
    Varint.append(UInt64(data.count), to: &bytes)
    bytes.append(contentsOf: data)
  }

  private static func append(_ integers: UInt64..., to bytes: inout [UInt8]) {
    for integer in integers { Varint.append(integer, to: &bytes) }
  }

  private static func append(_ frame: Acknowledgement, to bytes: inout [UInt8]) {
    append(
      FrameType.acknowledgement, frame.largest, frame.delay, UInt64(frame.furtherRanges.count), frame.firstRange,
      to: &bytes)
    for range in frame.furtherRanges { append(range.gap, range.length, to: &bytes) }
  }

  private static func append(_ close: SessionClose, to bytes: inout [UInt8]) {
    switch close.reason {
    case .transport(let code, let frameType): append(FrameType.connectionClose, code.rawValue, frameType, to: &bytes)
    case .application(let code): append(FrameType.applicationClose, code, to: &bytes)
    }
    // Cut between characters, not within one.
    var text = close.text
    while text.utf8.count > SessionClose.maximumTextBytes { text = String(text.unicodeScalars.dropLast(64)) }
    Varint.append(UInt64(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func append(_ hello: SessionHello, to bytes: inout [UInt8]) {
    var body: [UInt8] = []
    appendStart(hello.version, hello.id, hello.attempt, hello.secret, to: &body)
    hello.parameters.append(to: &body)
    append(FrameType.hello, UInt64(body.count), to: &bytes)
    bytes += body
  }

  private static func append(_ frame: SessionResumption, to bytes: inout [UInt8]) {
    var body: [UInt8] = []
    appendStart(frame.version, frame.id, frame.attempt, frame.secret, to: &body)
    append(
      frame.maxData, frame.maxStreamsBidirectional, frame.maxStreamsUnidirectional, frame.openedBidirectional,
      frame.openedUnidirectional, UInt64(frame.streams.count), to: &body)
    for stream in frame.streams { append(stream.id.rawValue, stream.received, stream.maxData, to: &body) }
    append(FrameType.resume, UInt64(body.count), to: &bytes)
    bytes += body
  }

  private static func appendStart(
    _ version: UInt64, _ id: SessionID, _ attempt: UInt64, _ secret: [UInt8], to body: inout [UInt8]
  ) {
    Varint.append(version, to: &body)
    for word in [id.high, id.low] {
      for shift in stride(from: 56, through: 0, by: -8) { body.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    append(attempt, UInt64(secret.count), to: &body)
    body += secret
  }
}
