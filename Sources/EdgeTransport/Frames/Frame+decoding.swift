extension Frame {
  /// Reads the frame at the start of `bytes` and says how long it is.
  ///
  /// Nothing is copied: the data of STREAM and DATAGRAM are slices of `bytes`.
  /// - Parameter maximumBytes: what a longer frame than this one says of its length is refused before it is there.
  /// - Returns: nil when the bytes end within the frame.
  /// - Throws: what RFC 9000 says of the malformed frame; FRAME_ENCODING_ERROR of one of unknown type (section 12.4), since
  ///   its end cannot be known.
  public static func decode(
    _ bytes: ArraySlice<UInt8>, maximumBytes: Int = 65_527
  ) throws(FramingError) -> (frame: Frame, length: Int)? {
    var cursor = FrameCursor(maximumBytes: maximumBytes)
    guard let frame = try cursor.frame(bytes.span.bytes, of: bytes) else { return nil }
    return (frame, cursor.position)
  }
}

/// A position in bytes that are handed to each step, since a value that keeps a span cannot be returned.
private struct FrameCursor {
  var position = 0
  let maximumBytes: Int
  var type: UInt64 = 0

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  func malformed(_ message: String) -> FramingError { FramingError(.frameEncodingError, in: type, message) }

  mutating func frame(_ bytes: RawSpan, of source: ArraySlice<UInt8>) throws(FramingError) -> Frame? {
    guard let type = Varint.decode(bytes, at: &position) else { return nil }
    self.type = type
    // The most frequent first.
    if type & ~0x07 == FrameType.stream { return try stream(bytes, of: source) }
    // Section 12.4: the shortest form, so that there is one way to write a frame.
    guard position == Varint.length(of: type) else {
      throw FramingError(.protocolViolation, in: type, "the frame type is longer than it need be")
    }
    switch type {
    case FrameType.padding: return padding(bytes)
    case FrameType.ping: return .ping
    case FrameType.acknowledgement, FrameType.acknowledgementECN: return try acknowledgement(bytes)
    case FrameType.resetStream:
      guard let (stream, code) = pair(bytes), let size = integer(bytes) else { return nil }
      return .resetStream(StreamID(rawValue: stream), code: code, finalSize: size)
    case FrameType.stopSending: return pair(bytes).map { .stopSending(StreamID(rawValue: $0), code: $1) }
    case FrameType.maxData: return integer(bytes).map { .maxData($0) }
    case FrameType.maxStreamData: return pair(bytes).map { .maxStreamData(StreamID(rawValue: $0), $1) }
    case FrameType.maxStreamsBidirectional: return try streamCount(bytes).map { .maxStreams(.bidirectional, $0) }
    case FrameType.maxStreamsUnidirectional: return try streamCount(bytes).map { .maxStreams(.unidirectional, $0) }
    case FrameType.dataBlocked: return integer(bytes).map { .dataBlocked(limit: $0) }
    case FrameType.streamDataBlocked:
      return pair(bytes).map { .streamDataBlocked(StreamID(rawValue: $0), limit: $1) }
    case FrameType.streamsBlockedBidirectional:
      return try streamCount(bytes).map { .streamsBlocked(.bidirectional, limit: $0) }
    case FrameType.streamsBlockedUnidirectional:
      return try streamCount(bytes).map { .streamsBlocked(.unidirectional, limit: $0) }
    case FrameType.connectionClose, FrameType.applicationClose: return try close(bytes)
    case FrameType.datagramLength: return try counted(bytes).map { .datagram(slice(of: source, $0)) }
    case FrameType.datagram: throw malformed("DATAGRAM without a length has no end on a byte carrier")
    case FrameType.hello: return try counted(bytes).map { (range) throws(FramingError) in try hello(bytes, range) }
    case FrameType.resume:
      return try counted(bytes).map { (range) throws(FramingError) in try resumption(bytes, range) }
    case FrameType.compressedStream, FrameType.compressedStreamFinal: return try compressedStream(bytes, of: source)
    case FrameType.priority: return pair(bytes).map { .priority(StreamID(rawValue: $0), $1) }
    default: throw malformed("unknown frame type 0x\(String(type, radix: 16))")
    }
  }

  private mutating func integer(_ bytes: RawSpan) -> UInt64? { Varint.decode(bytes, at: &position) }

  private mutating func pair(_ bytes: RawSpan) -> (UInt64, UInt64)? {
    guard let first = integer(bytes), let second = integer(bytes) else { return nil }
    return (first, second)
  }

  /// Section 19.11: a count above 2^60 could not be the number of a stream.
  private mutating func streamCount(_ bytes: RawSpan) throws(FramingError) -> UInt64? {
    guard let count = integer(bytes) else { return nil }
    guard count <= SessionParameters.maximumStreams else { throw malformed("\(count) streams are more than 2^60") }
    return count
  }

  /// A length and the range of as many bytes.
  private mutating func counted(_ bytes: RawSpan) throws(FramingError) -> Range<Int>? {
    guard let length = integer(bytes) else { return nil }
    guard length <= UInt64(max(0, maximumBytes - position)) else {
      throw malformed("a frame of \(length) bytes and more; \(maximumBytes) are allowed")
    }
    guard Int(length) <= bytes.byteCount - position else { return nil }
    let range = position..<position + Int(length)
    position = range.upperBound
    return range
  }

  private func slice(of source: ArraySlice<UInt8>, _ range: Range<Int>) -> ArraySlice<UInt8> {
    source[source.startIndex + range.lowerBound..<source.startIndex + range.upperBound]
  }

  private mutating func stream(_ bytes: RawSpan, of whole: ArraySlice<UInt8>) throws(FramingError) -> Frame? {
    guard position == 1 else {
      throw FramingError(.protocolViolation, in: type, "the frame type is longer than it need be")
    }
    guard type & FrameType.streamLength != 0 else {
      throw malformed("STREAM without a length has no end on a byte carrier")
    }
    guard let id = integer(bytes) else { return nil }
    var offset: UInt64 = 0
    if type & FrameType.streamOffset != 0 {
      guard let given = integer(bytes) else { return nil }
      offset = given
    }
    guard let range = try counted(bytes) else { return nil }
    guard offset + UInt64(range.count) <= Varint.maximum else { throw malformed("a stream ends at 2^62 - 1") }
    return .stream(
      StreamFrame(
        stream: StreamID(rawValue: id), offset: offset, isFinal: type & FrameType.streamFinal != 0,
        data: slice(of: whole, range)))
  }

  private mutating func compressedStream(
    _ bytes: RawSpan, of whole: ArraySlice<UInt8>
  ) throws(FramingError) -> Frame? {
    guard let (id, offset) = pair(bytes), let plainCount = integer(bytes) else { return nil }
    guard plainCount <= UInt64(maximumBytes) else {
      throw malformed("\(plainCount) bytes in one frame; \(maximumBytes) are allowed")
    }
    guard offset + plainCount <= Varint.maximum else { throw malformed("a stream ends at 2^62 - 1") }
    guard let range = try counted(bytes) else { return nil }
    return .compressedStream(
      CompressedStreamFrame(
        stream: StreamID(rawValue: id), offset: offset, isFinal: type == FrameType.compressedStreamFinal,
        plainCount: Int(plainCount), data: slice(of: whole, range)))
  }

  private mutating func padding(_ bytes: RawSpan) -> Frame {
    var count = 1
    while position < bytes.byteCount, bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self) == 0 {
      position += 1
      count += 1
    }
    return .padding(count: count)
  }

  private mutating func acknowledgement(_ bytes: RawSpan) throws(FramingError) -> Frame? {
    guard let largest = integer(bytes), let delay = integer(bytes), let count = integer(bytes),
      let first = integer(bytes)
    else { return nil }
    guard first <= largest else { throw malformed("the first range goes below 0") }
    // Two bytes at least for each.
    guard count <= UInt64(maximumBytes / 2) else { throw malformed("\(count) ranges do not fit a frame") }
    var frame = Acknowledgement(largest: largest, delay: delay, firstRange: first)
    var smallest = largest - first
    for _ in 0..<count {
      guard let (gap, length) = pair(bytes) else { return nil }
      guard gap + 2 <= smallest, length <= smallest - gap - 2 else { throw malformed("a range goes below 0") }
      smallest -= gap + 2 + length
      frame.furtherRanges.append(Acknowledgement.Range(gap: gap, length: length))
    }
    if type == FrameType.acknowledgementECN {
      // Counts of marks that a carrier does not have; read and passed over.
      for _ in 0..<3 where integer(bytes) == nil { return nil }
    }
    return .acknowledgement(frame)
  }

  private mutating func close(_ bytes: RawSpan) throws(FramingError) -> Frame? {
    guard let code = integer(bytes) else { return nil }
    var reason = SessionClose.Reason.application(code)
    if type == FrameType.connectionClose {
      guard let frameType = integer(bytes) else { return nil }
      reason = .transport(FramingErrorCode(rawValue: code), frameType: frameType)
    }
    guard let range = try counted(bytes) else { return nil }
    let kept = range.prefix(SessionClose.maximumTextBytes)
    let text = String(decoding: kept.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }, as: UTF8.self)
    return .connectionClose(SessionClose(reason, text))
  }
}

extension FrameCursor {
  // The length of a greeting is known when it is read, so that what ends within it is malformed, not incomplete.

  private func hello(_ bytes: RawSpan, _ range: Range<Int>) throws(FramingError) -> Frame {
    let body = bytes.extracting(range)
    var position = 0
    let start = try greetingStart(body, &position)
    let parameters = try SessionParameters(decoding: body.extracting(position..<body.byteCount), in: type)
    return .hello(
      SessionHello(
        version: start.version, id: start.id, secret: start.secret, attempt: start.attempt, parameters: parameters))
  }

  private func resumption(_ bytes: RawSpan, _ range: Range<Int>) throws(FramingError) -> Frame {
    let body = bytes.extracting(range)
    var position = 0
    let start = try greetingStart(body, &position)
    func integer() throws(FramingError) -> UInt64 {
      guard let value = Varint.decode(body, at: &position) else { throw malformed("the greeting ends too early") }
      return value
    }
    func streamCount() throws(FramingError) -> UInt64 {
      let count = try integer()
      guard count <= SessionParameters.maximumStreams else { throw malformed("\(count) streams are more than 2^60") }
      return count
    }
    var frame = SessionResumption(
      version: start.version, id: start.id, secret: start.secret, attempt: start.attempt, maxData: try integer(),
      maxStreamsBidirectional: try streamCount(), maxStreamsUnidirectional: try streamCount(),
      openedBidirectional: try streamCount(), openedUnidirectional: try streamCount(), streams: [])
    let count = try integer()
    // Three bytes at least for each.
    guard count <= UInt64((body.byteCount - position) / 3) else { throw malformed("the greeting ends too early") }
    frame.streams.reserveCapacity(Int(count))
    for _ in 0..<count {
      let stream = SessionResumption.Stream(
        id: StreamID(rawValue: try integer()), received: try integer(), maxData: try integer())
      if let last = frame.streams.last, last.id >= stream.id { throw malformed("streams are out of order") }
      frame.streams.append(stream)
    }
    // What a later version adds is written as parameters.
    _ = try SessionParameters(decoding: body.extracting(position..<body.byteCount), in: type)
    return .resume(frame)
  }

  private func greetingStart(
    _ body: RawSpan, _ position: inout Int
  ) throws(FramingError) -> (version: UInt64, id: SessionID, secret: [UInt8], attempt: UInt64) {
    guard let version = Varint.decode(body, at: &position) else { throw malformed("the greeting ends too early") }
    // What follows may mean something else in another version.
    guard version == SessionHello.currentVersion else {
      throw FramingError(
        .versionUnsupported, in: type, "version \(version); this end speaks \(SessionHello.currentVersion)")
    }
    guard body.byteCount - position >= 16 else { throw malformed("the greeting ends too early") }
    // Sound: any bits are an integer, and the span checks the offsets.
    let high = UInt64(bigEndian: body.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
    let low = UInt64(bigEndian: body.unsafeLoadUnaligned(fromByteOffset: position + 8, as: UInt64.self))
    position += 16
    guard let attempt = Varint.decode(body, at: &position), let count = Varint.decode(body, at: &position),
      count <= UInt64(body.byteCount - position)
    else { throw malformed("the greeting ends too early") }
    guard count == 0 || SessionCredential.secretBytes.contains(Int(count)) else {
      throw malformed("a secret has 16 to 64 bytes")
    }
    let secret = (position..<position + Int(count)).map { body.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    position += Int(count)
    return (version, SessionID(high: high, low: low), secret, attempt)
  }
}
