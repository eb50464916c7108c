import EdgePrimitives

@testable import EdgeTransport

/// Frames of every kind, made from a seed.
struct FrameSamples {
  let entropy: SeededEntropy

  func integer() -> UInt64 { entropy.next() >> (2 + entropy.next(below: 62)) }
  func count(_ bound: UInt64) -> Int { Int(entropy.next(below: bound)) }
  func bytes(_ bound: UInt64) -> [UInt8] {
    (0..<count(bound)).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
  }
  func stream() -> StreamID { StreamID(rawValue: integer()) }
  func direction() -> StreamDirection { entropy.next() & 1 == 0 ? .bidirectional : .unidirectional }
  func secret() -> [UInt8] {
    entropy.next() & 1 == 0 ? [] : (0..<16 + count(49)).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
  }

  func acknowledgement() -> Acknowledgement {
    var frame = Acknowledgement(largest: integer(), delay: integer(), firstRange: 0)
    frame.firstRange = frame.largest / 2
    var left = frame.smallestOfFirstRange
    for _ in 0..<entropy.next(below: 4) {
      let gap = left / 4
      guard left >= gap + 2 else { break }
      let length = (left - gap - 2) / 2
      frame.furtherRanges.append(.init(gap: gap, length: length))
      left -= gap + 2 + length
    }
    return frame
  }

  func parameters() -> SessionParameters {
    var parameters = SessionParameters()
    parameters.maximumFrameBytes = 1200 + integer() / 2
    parameters.initialMaxData = integer()
    parameters.initialMaxStreamsUnidirectional = integer() >> 2
    parameters.detachedLifetimeMilliseconds = integer()
    parameters.compressionDictionaries = (0..<count(9)).map { _ in UInt32(truncatingIfNeeded: entropy.next()) }
    return parameters
  }

  func next() -> Frame {
    switch entropy.next(below: 19) {
    case 0: .ping
    case 1: .acknowledgement(acknowledgement())
    case 2: .resetStream(stream(), code: integer(), finalSize: integer())
    case 3: .stopSending(stream(), code: integer())
    case 4, 5, 6:
      .stream(
        StreamFrame(
          stream: stream(), offset: integer() / 2, isFinal: entropy.next() & 1 == 0, data: bytes(1500)[...]))
    case 7: .maxData(integer())
    case 8: .maxStreamData(stream(), integer())
    case 9: .maxStreams(direction(), integer() >> 2)
    case 10: .dataBlocked(limit: integer())
    case 11: .streamDataBlocked(stream(), limit: integer())
    case 12: .streamsBlocked(direction(), limit: integer() >> 2)
    case 13:
      .connectionClose(
        SessionClose(
          entropy.next() & 1 == 0
            ? .application(integer()) : .transport(FramingErrorCode(rawValue: integer()), frameType: integer()),
          String(repeating: "grün ", count: count(5))))
    case 14: .datagram(bytes(200)[...])
    case 15:
      .hello(
        SessionHello(
          id: SessionID(high: entropy.next(), low: entropy.next()), secret: secret(), attempt: integer(),
          parameters: parameters()))
    case 16: .resume(resumption())
    case 17:
      .compressedStream(
        CompressedStreamFrame(
          stream: stream(), offset: integer() / 2, isFinal: entropy.next() & 1 == 0, plainCount: count(16_000),
          data: bytes(1500)[...]))
    default: .priority(stream(), integer())
    }
  }

  func resumption() -> SessionResumption {
    let ids = Set((0..<count(6)).map { _ in stream() }).sorted()
    return SessionResumption(
      id: SessionID(high: entropy.next(), low: entropy.next()), secret: secret(), attempt: integer(),
      maxData: integer(), maxStreamsBidirectional: integer() >> 2, maxStreamsUnidirectional: integer() >> 2,
      openedBidirectional: integer() >> 2, openedUnidirectional: integer() >> 2,
      streams: ids.map { .init(id: $0, received: integer(), maxData: integer()) })
  }
}

extension Frame {
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }
}

/// The frames of `bytes` in pieces of the given lengths, and the error that ended the reading.
func readFrames(
  _ bytes: [UInt8], maximumFrameBytes: Int = 65_527, pieces: () -> Int
) -> (frames: [Frame], error: FramingError?, pending: Int) {
  var reader = FrameReader(maximumFrameBytes: maximumFrameBytes)
  var frames: [Frame] = []
  var rest = bytes[...]
  do throws(FramingError) {
    repeat {
      let piece = rest.prefix(max(1, pieces()))
      rest = rest.dropFirst(piece.count)
      reader.append(Array(piece))
      while let frame = try reader.next() {
        // How padding is cut depends on the pieces and means nothing.
        if case .padding = frame { continue }
        frames.append(frame)
      }
    } while !rest.isEmpty
  } catch {
    return (frames, error, reader.pendingBytes)
  }
  return (frames, nil, reader.pendingBytes)
}
