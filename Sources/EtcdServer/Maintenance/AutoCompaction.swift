#if Networking
import EdgeStore
import Logging

/// How much history a server keeps by itself, for clients that never compact; the two modes are etcd's.
public enum AutoCompaction: Hashable, Sendable {
  /// What is older than this goes.
  case periodic(Duration)
  /// What is further back than so many revisions goes.
  case revisions(Int64)
}

/// Compacts from time to time until it is cancelled.
struct AutoCompactor: Sendable {
  let policy: AutoCompaction
  let access: StoreAccess
  let logger: Logger

  /// As etcd does, revisions are looked at every five minutes.
  private static let revisionInterval = Duration.seconds(300)
  /// Samples in one period: history is kept for between the period and a tenth more.
  private static let samplesPerPeriod = 10

  func run(sleep: @Sendable (Duration) async throws -> Void) async throws {
    switch policy {
    case .revisions(let kept):
      while true {
        try await sleep(Self.revisionInterval)
        if let current = await currentRevision() { await compact(upTo: current.rawValue - kept) }
      }
    case .periodic(let period):
      // The oldest sample first; it is due when the list is full.
      var samples: [Revision] = []
      while true {
        try await sleep(period / Self.samplesPerPeriod)
        guard let current = await currentRevision() else { continue }
        samples.append(current)
        if samples.count > Self.samplesPerPeriod { await compact(upTo: samples.removeFirst().rawValue) }
      }
    }
  }

  private func currentRevision() async -> Revision? { try? await access.currentRevision() }

  private func compact(upTo revision: Int64) async {
    guard revision > 1 else { return }
    do throws(StoreError) {
      try await access.store.compact(upTo: Revision(rawValue: revision))
      logger.debug("compacted", metadata: ["revision": "\(revision)"])
    } catch {
      // That nothing was written since, or that a client was faster, is no failure.
      if error.code != .compacted { logger.warning("compaction failed", metadata: ["error": "\(error)"]) }
    }
  }
}
#endif
