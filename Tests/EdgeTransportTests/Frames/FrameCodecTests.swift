import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("frame codec")
struct FrameCodecTests {
  /// By hand from the figures of RFC 9000, section 19, and RFC 9221.
  static let vectors: [(Frame, [UInt8])] = [
    (.padding(count: 3), [0, 0, 0]),
    (.ping, [0x01]),
    (.acknowledgement(Acknowledgement(largest: 9, delay: 2, firstRange: 3)), [0x02, 9, 2, 0, 3]),
    (
      .acknowledgement(Acknowledgement(largest: 100, firstRange: 0, furtherRanges: [.init(gap: 1, length: 5)])),
      [0x02, 0x40, 100, 0, 1, 0, 1, 5]
    ),
    (.resetStream(StreamID(rawValue: 4), code: 7, finalSize: 15_293), [0x04, 4, 7, 0x7B, 0xBD]),
    (.stopSending(StreamID(rawValue: 3), code: 1), [0x05, 3, 1]),
    (
      .stream(StreamFrame(stream: StreamID(rawValue: 1), offset: 0, isFinal: false, data: [9, 8])), [0x0A, 1, 2, 9, 8]
    ),
    (
      .stream(StreamFrame(stream: StreamID(rawValue: 1), offset: 64, isFinal: true, data: [5])),
      [0x0F, 1, 0x40, 64, 1, 5]
    ),
    (.stream(StreamFrame(stream: StreamID(rawValue: 0), offset: 0, isFinal: true, data: [])), [0x0B, 0, 0]),
    (.maxData(494_878_333), [0x10, 0x9D, 0x7F, 0x3E, 0x7D]),
    (.maxStreamData(StreamID(rawValue: 2), 37), [0x11, 2, 37]),
    (.maxStreams(.bidirectional, 5), [0x12, 5]),
    (.maxStreams(.unidirectional, 5), [0x13, 5]),
    (.dataBlocked(limit: 1), [0x14, 1]),
    (.streamDataBlocked(StreamID(rawValue: 2), limit: 1), [0x15, 2, 1]),
    (.streamsBlocked(.bidirectional, limit: 6), [0x16, 6]),
    (.streamsBlocked(.unidirectional, limit: 6), [0x17, 6]),
    (
      .connectionClose(SessionClose(.transport(.flowControlError, frameType: 0x08), "no")),
      [0x1C, 3, 8, 2, 0x6E, 0x6F]
    ),
    (.connectionClose(SessionClose(.application(9))), [0x1D, 9, 0]),
    (.datagram([1, 2]), [0x31, 2, 1, 2]),
    (.priority(StreamID(rawValue: 4), 1), [0xBA, 0x7C, 0x51, 0x02, 4, 1]),
  ]

  @Test("every frame has the bytes that RFC 9000 draws", arguments: vectors)
  func bytes(_ frame: Frame, _ bytes: [UInt8]) throws {
    #expect(frame.encoded == bytes)
    let read = try Frame.decode(bytes[...])
    #expect(read?.frame == frame && read?.length == bytes.count)
  }

  @Test("ECN counts are read and passed over, and what is longer than it need be is read")
  func tolerated() throws {
    #expect(
      try Frame.decode([0x03, 9, 2, 0, 3, 1, 1, 1])?.frame
        == .acknowledgement(Acknowledgement(largest: 9, delay: 2, firstRange: 3)))
    #expect(try Frame.decode([0x10, 0x40, 0x25])?.frame == .maxData(37))
    // An offset of 0 that is written all the same.
    #expect(
      try Frame.decode([0x0E, 1, 0, 1, 7])?.frame
        == .stream(StreamFrame(stream: StreamID(rawValue: 1), offset: 0, isFinal: false, data: [7])))
  }

  @Test("data is a view of the bytes it came in")
  func zeroCopy() throws {
    let bytes = Frame.stream(StreamFrame(stream: StreamID(rawValue: 1), offset: 5, isFinal: false, data: [9, 8, 7]))
      .encoded
    guard case .stream(let frame) = try Frame.decode(bytes[...])?.frame else { throw Missing() }
    let address = unsafe(bytes[...].dropFirst(bytes.count - 3))
    #expect(unsafe(frame.data) == address)
  }

  private struct Missing: Error {}
  private func unsafe(_ slice: ArraySlice<UInt8>) -> UInt? {
    // Only the address is compared, and the array is alive in the caller.
    slice.withUnsafeBytes { $0.baseAddress.map { UInt(bitPattern: $0) } }
  }

  @Test("random frames come back, however the carrier cuts their bytes")
  func roundTrip() {
    let base = SystemEntropy().next() >> 16
    for seed in base..<base + 60 {
      let samples = FrameSamples(entropy: SeededEntropy(seed: seed))
      let frames = (0..<40).map { _ in samples.next() }
      var bytes: [UInt8] = []
      for frame in frames {
        let start = bytes.count
        frame.append(to: &bytes)
        let alone = try? Frame.decode(bytes[start...])
        #expect(alone?.frame == frame && alone?.length == bytes.count - start, "seed \(seed): \(frame)")
        if samples.count(4) == 0 { Frame.padding(count: samples.count(9)).append(to: &bytes) }
      }
      for bound: UInt64 in [1, 3, 100, 3000, 100_000] {
        let read = readFrames(bytes) { 1 + samples.count(bound) }
        #expect(read.error == nil && read.frames == frames && read.pending == 0, "seed \(seed), pieces of \(bound)")
      }
    }
  }

  @Test("a frame that is cut anywhere is not there yet, whatever its kind")
  func everyPrefix() throws {
    let samples = FrameSamples(entropy: SeededEntropy(seed: 3))
    for _ in 0..<200 {
      let bytes = samples.next().encoded
      for count in 0..<min(bytes.count, 120) {
        #expect(try Frame.decode(bytes.prefix(count)) == nil, "\(bytes.prefix(count))")
      }
    }
  }

  @Test("mutated bytes are read or refused, the same way however they are cut, and without keeping more than a frame")
  func mutations() {
    let base = SystemEntropy().next() >> 16
    for seed in base..<base + 400 {
      let samples = FrameSamples(entropy: SeededEntropy(seed: seed))
      var bytes: [UInt8] = []
      for _ in 0..<5 { samples.next().append(to: &bytes) }
      for _ in 0...samples.count(4) where !bytes.isEmpty {
        let at = samples.count(UInt64(bytes.count))
        switch samples.count(3) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: samples.entropy.next())
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8(truncatingIfNeeded: samples.entropy.next()), at: at)
        }
      }
      let whole = readFrames(bytes, maximumFrameBytes: 2000) { bytes.count }
      let cut = readFrames(bytes, maximumFrameBytes: 2000) { 1 + samples.count(50) }
      #expect(whole.frames == cut.frames && whole.error?.code == cut.error?.code, "seed \(seed)")
      #expect(cut.pending <= 2000 + 50, "seed \(seed): \(cut.pending) bytes are kept")
      for frame in whole.frames { #expect((try? Frame.decode(frame.encoded[...]))??.frame == frame, "seed \(seed)") }
    }
  }
}
