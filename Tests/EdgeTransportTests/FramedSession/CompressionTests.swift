import EdgeCompression
import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("compression of framed sessions")
struct CompressionTests {
  static let text = Array(
    #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"default"},"status":{"phase":"Running"}}"#
      .utf8)

  static func configuration(
    _ compression: FrameCompression? = .kubernetes, window: UInt64 = 100_000
  ) -> FramedSessionConfiguration {
    MachinePair.configuration {
      $0.compression = compression
      $0.sessionWindowBytes = 2 * window
      $0.streamWindowBytes = window
    }
  }

  private func written(_ pair: inout MachinePair, _ bytes: [UInt8], finish: Bool = false) throws -> StreamID {
    let id = try pair.openedByClient()
    #expect(pair.client.write(bytes[...], to: id) == .accepted(bytes.count))
    if finish { pair.client.finish(id) }
    return id
  }

  @Test("what both ends can read is sent compressed, comes out as it was, and is counted before and after")
  func saves() throws {
    var pair = try MachinePair(client: Self.configuration(), server: Self.configuration())
    let object = (0..<20).flatMap { _ in Self.text }
    let id = try written(&pair, object, finish: true)
    let frames = pair.clientFrames()
    guard case .compressedStream(let frame)? = frames.first, frames.count == 1 else {
      Issue.record("\(frames)")
      return
    }
    #expect(frame.plainCount == object.count && frame.isFinal && frame.data.count < object.count / 10)
    pair.inject(frames)
    #expect(pair.server.read(id) == .data(object) && pair.server.read(id) == .end)
    pair.now = .seconds(1)
    pair.server.tick(now: pair.now)
    pair.pump()
    let (sent, received) = (pair.client.counters, pair.server.counters)
    #expect(sent.bytesBeforeCompression == UInt64(object.count))
    #expect(sent.bytesAfterCompression == UInt64(frame.data.count))
    #expect(received.bytesBeforeDecompression == sent.bytesAfterCompression)
    #expect(received.bytesAfterDecompression == sent.bytesBeforeCompression)
    #expect(sent.bytesSaved == received.bytesSaved && sent.streamBytesSent == UInt64(object.count))
    #expect(pair.client.streamCount == 0 && pair.client.bufferedBytes == 0)
  }

  @Test("one object of a Kubernetes API is less than half of itself, though it is alone in its frame")
  func dictionary() throws {
    var pair = try MachinePair(client: Self.configuration(), server: Self.configuration())
    _ = try written(&pair, Self.text)
    pair.pump()
    let counters = pair.client.counters
    #expect(counters.bytesBeforeCompression == UInt64(Self.text.count))
    #expect(counters.bytesAfterCompression < counters.bytesBeforeCompression / 2)
  }

  @Test("a peer that does not compress, or has no dictionary in common, is spoken to as before compression")
  func plainPeers() throws {
    let other = FrameCompression(dictionaries: [CompressionDictionary([1, 2, 3])])
    for peer in [nil, other] {
      for (client, server) in [(FrameCompression.kubernetes, peer), (peer, .kubernetes)] {
        var pair = try MachinePair(client: Self.configuration(client), server: Self.configuration(server))
        let id = try written(&pair, Self.text)
        pair.pump()
        #expect(pair.server.read(id) == .data(Self.text))
        #expect(pair.client.counters.bytesBeforeCompression == 0 && pair.server.counters.bytesSaved == 0)
      }
    }
    var greeting: [UInt8] = []
    FramedSessionConfiguration().parameters.append(to: &greeting)
    #expect(!greeting.starts(with: [0xBA, 0x7C, 0x51, 1]) && FramedSessionConfiguration().compression == nil)
  }

  @Test("each direction takes the first of the sender's dictionaries that the receiver has")
  func preferences() throws {
    let (one, two) = (CompressionDictionary(Array("one one".utf8)), CompressionDictionary(Array("two two".utf8)))
    let client = FrameCompression(dictionaries: [one, two, nil])
    let server = FrameCompression(dictionaries: [nil, two])
    var pair = try MachinePair(client: Self.configuration(client), server: Self.configuration(server))
    let id = try pair.openedByClient(.bidirectional)
    _ = pair.client.write(Self.text[...] + Self.text, to: id)
    guard case .compressedStream(let up)? = pair.clientFrames().first else { throw MachinePair.NotConnected() }
    pair.inject([.compressedStream(up)])
    #expect(pair.server.read(id) == .data(Self.text + Self.text))
    _ = pair.server.write(Self.text[...] + Self.text, to: id)
    let down = pair.serverFrames().compactMap { if case .compressedStream(let frame) = $0 { frame } else { nil } }
    // FDICT is set upwards, and not downwards, where no dictionary is the first choice.
    #expect(up.data[up.data.startIndex + 1] & 0x20 != 0)
    #expect(down.count == 1 && down[0].data[down[0].data.startIndex + 1] & 0x20 == 0)
  }

  @Test("a break in the middle goes on from the peer's offset, cut and compressed anew")
  func resumes() throws {
    var pair = try MachinePair(client: Self.configuration(), server: Self.configuration())
    let first = (0..<10).flatMap { _ in Self.text }
    let id = try written(&pair, first)
    pair.inject(pair.clientFrames())
    let second = Array((0..<10).flatMap { _ in Self.text }.reversed())
    _ = pair.client.write(second[...], to: id)
    _ = pair.clientFrames()
    _ = pair.client.write(Self.text[...], to: id)
    pair.client.finish(id)
    pair.breakCarrier()
    try pair.connect()
    pair.pump()
    var read: [UInt8] = []
    while case .data(let bytes) = pair.server.read(id) { read += bytes }
    #expect(read == first + second + Self.text)
    #expect(pair.client.counters.streamBytesRepeated == UInt64(second.count))
    #expect(pair.client.counters.bytesBeforeCompression > UInt64(first.count + 2 * second.count))
  }

  @Test("bytes that do not shrink go plain, and are not tried each time")
  func incompressible() throws {
    let entropy = SeededEntropy(seed: 1)
    let noise = (0..<80_000).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
    var configuration = Self.configuration()
    configuration.maximumPayloadBytes = 1000
    var pair = try MachinePair(client: configuration, server: Self.configuration())
    let id = try written(&pair, noise)
    pair.pump()
    var read: [UInt8] = []
    while case .data(let bytes) = pair.server.read(id) { read += bytes }
    #expect(read == noise && pair.client.counters.bytesSaved == 0)
    var trial = CompressionTrial()
    var tries = 0
    for _ in 0..<1000 where trial.isDue() {
      tries += 1
      trial.record(isWorthIt: false)
    }
    #expect((10...25).contains(tries))
    trial.record(isWorthIt: true)
    let isDue = trial.isDue()
    #expect(isDue)
  }

  // MARK: Bad input

  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var compressor = ZlibCompressor(dictionary: .kubernetes1)
    return compressor.compress(bytes)
  }

  private static func frame(
    _ id: UInt64 = 2, at offset: UInt64 = 0, isFinal: Bool = false, claiming count: Int, _ data: [UInt8]
  ) -> Frame {
    .compressedStream(
      CompressedStreamFrame(
        stream: StreamID(rawValue: id), offset: offset, isFinal: isFinal, plainCount: count, data: data[...]))
  }

  static let bad: [(String, [Frame], FramingErrorCode)] = [
    ("bytes that are no zlib stream", [frame(claiming: 3, [1, 2, 3])], .frameEncodingError),
    ("a stream that is cut", [frame(claiming: 111, Array(compressed(text).dropLast(5)))], .frameEncodingError),
    ("a stream with a rest", [frame(claiming: text.count, compressed(text) + [0])], .frameEncodingError),
    ("fewer bytes than were claimed", [frame(claiming: text.count + 1, compressed(text))], .frameEncodingError),
    ("more bytes than were claimed", [frame(claiming: text.count - 1, compressed(text))], .frameEncodingError),
    ("a bomb", [frame(claiming: 10, compressed([UInt8](repeating: 0, count: 1 << 20)))], .frameEncodingError),
    (
      "a bomb that says what it is", [frame(claiming: 60_000, compressed([UInt8](repeating: 0, count: 60_000)))],
      .flowControlError
    ),
    (
      "another dictionary",
      [
        { () -> Frame in
          var compressor = ZlibCompressor(dictionary: nil)
          return frame(claiming: text.count, compressor.compress(text))
        }()
      ], .frameEncodingError
    ),
    (
      "bytes that were received", [.stream(2, "abc"), frame(claiming: text.count, compressed(text))],
      .protocolViolation
    ),
    ("a gap", [frame(at: 1, claiming: text.count, compressed(text))], .protocolViolation),
    ("a stream over the limit", [frame(16, claiming: text.count, compressed(text))], .streamLimitError),
    ("a stream that only the server sends", [frame(3, claiming: text.count, compressed(text))], .streamStateError),
    (
      "bytes after the end", [.stream(2, "ab", isFinal: true), frame(at: 2, claiming: text.count, compressed(text))],
      .finalSizeError
    ),
  ]

  @Test("compressed bytes that break a rule end the session with its code", arguments: bad)
  func ends(_ name: String, _ frames: [Frame], _ code: FramingErrorCode) throws {
    var pair = try MachinePair(
      client: Self.configuration(window: 1000), server: Self.configuration(window: 1000))
    pair.inject(frames)
    guard case .transport(let given, _)? = pair.server.close?.reason else {
      Issue.record("\(name): the session goes on")
      return
    }
    #expect(given == code, "\(name)")
  }

  @Test("compressed bytes that were not agreed on end the session; those of a stream that is over are passed over")
  func notAgreed() throws {
    var plain = try MachinePair()
    plain.inject([Self.frame(claiming: Self.text.count, Self.compressed(Self.text))])
    #expect(plain.server.close?.reason == .transport(.protocolViolation, frameType: FrameType.compressedStream))
    var pair = try MachinePair(client: Self.configuration(), server: Self.configuration())
    pair.inject([.stream(2, "a", isFinal: true)])
    let id = StreamID(rawValue: 2)
    #expect(pair.server.read(id) == .data([0x61]) && pair.server.read(id) == .end)
    pair.inject([Self.frame(claiming: 9, [1, 2, 3])])
    #expect(pair.server.close == nil)
  }
}
