import EdgeCompression
import Synchronization

/// How a session compresses what its streams carry, if its peer does too; see ``CompressedStreamFrame``.
///
/// One value serves any number of sessions: it keeps a few compressors, about 150 KiB each, for all of them.
public struct FrameCompression: Sendable {
  /// With the dictionary for JSON of Kubernetes objects and KubeEdge messages.
  public static let kubernetes = FrameCompression(dictionaries: [.kubernetes1])

  private struct Codec: Sendable {
    let name: UInt32
    let compressors: CompressorPool
    let decompressor: ZlibDecompressor
  }

  private let codecs: [Codec]
  /// Fewer bytes than this go plain.
  let leastBytes: Int

  /// - Parameters:
  ///   - dictionaries: by preference; nil among them is none. Both ends must have one in common, with the same bytes.
  ///   - leastBytes: pieces of a stream that are shorter go plain.
  public init(dictionaries: [CompressionDictionary?], effort: CompressionEffort = .fast, leastBytes: Int = 64) {
    self.leastBytes = max(1, leastBytes)
    codecs = dictionaries.prefix(SessionParameters.maximumDictionaries).map { dictionary in
      Codec(
        name: dictionary?.id ?? CompressionDictionary([]).id,
        compressors: CompressorPool(ZlibCompressor(dictionary: dictionary, effort: effort)),
        decompressor: ZlibDecompressor(dictionary: dictionary))
    }
  }

  /// What a greeting says.
  var names: [UInt32] { codecs.map(\.name) }

  /// What this end makes for a peer that has `names`; nil when they have nothing in common.
  func compressors(for names: [UInt32]) -> CompressorPool? {
    codecs.first { names.contains($0.name) }?.compressors
  }

  /// What reads a peer that has `names`.
  func decompressor(for names: [UInt32]) -> ZlibDecompressor? {
    for name in names {
      if let codec = codecs.first(where: { $0.name == name }) { return codec.decompressor }
    }
    return nil
  }
}

/// Compressors for all sessions of a process: as many as are used at the same time, of which a few are kept.
final class CompressorPool: Sendable {
  private static let maximumKept = 8

  private let first: ZlibCompressor
  private let idle = Mutex<[ZlibCompressor]>([])

  init(_ first: ZlibCompressor) { self.first = first }

  func compress(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    // A copy shares the index of the dictionary.
    var compressor = idle.withLock { $0.popLast() } ?? first
    let compressed = compressor.compress(bytes.span)
    idle.withLock { idle in
      if idle.count < Self.maximumKept { idle.append(compressor) }
    }
    return compressed
  }
}

/// Whether the bytes of a stream are worth the trouble: what does not shrink, an image say, is not tried again for a while,
/// which becomes longer each time.
struct CompressionTrial: Sendable {
  private static let longestPause: UInt8 = 63

  private var pause: UInt8 = 0
  private var left: UInt8 = 0

  /// Whether the next piece should be tried.
  mutating func isDue() -> Bool {
    if left == 0 { return true }
    left -= 1
    return false
  }

  mutating func record(isWorthIt: Bool) {
    pause = isWorthIt ? 0 : min(Self.longestPause, 2 * pause + 1)
    left = pause
  }
}
