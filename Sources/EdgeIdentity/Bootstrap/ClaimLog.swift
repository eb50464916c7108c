#if Networking
import EdgePrimitives
import Synchronization

/// The claims of a cluster in one append-only file: a line for each grant, synced before the grant is answered.
///
/// The last line of a node wins. A line without its end, left by a crash, is cut off: that grant was never answered.
/// Opening rewrites the file when most of its lines are superseded, so it is bounded by twice the number of nodes plus
/// what one run of the process adds.
public final class ClaimLog: NodeClaims {
  private let path: String?
  private let records: Mutex<[NodeName: ClaimRecord]>

  /// Claims that die with the process.
  public init() {
    path = nil
    records = Mutex([:])
  }

  /// Loads `node-claims` in the directory, or begins it.
  /// - Throws: ``IdentityError/Code/damaged`` naming the line that cannot be read.
  public init(directory: String) throws(IdentityError) {
    try DurableFile.makeDirectory(directory)
    let path = "\(directory)/node-claims"
    let bytes = try DurableFile.read(path)
    let (loaded, lines) = try Self.parse(bytes ?? [], path: path)
    let isTorn = bytes?.last.map { $0 != UInt8(ascii: "\n") } ?? false
    if bytes == nil || isTorn || lines > 2 * loaded.count {
      let text = loaded.sorted { $0.key < $1.key }.map { Self.line($0.key, $0.value) }.joined()
      try DurableFile.write(Array(text.utf8), to: path, mode: 0o600)
    }
    self.path = path
    records = Mutex(loaded)
  }

  public func claim(_ claim: NodeClaim) async -> ClaimDecision { record(claim) }

  public func isKnown(_ node: NodeName) async -> Bool { records.withLock { $0[node] != nil } }

  public func release(_ node: NodeName) async {
    records.withLock { records in
      guard let record = records[node], !record.isReleased else { return }
      // A release that cannot be written down lasts until this process ends.
      if let path { try? DurableFile.append(Array(Self.line(node, record.released).utf8), to: path) }
      records[node] = record.released
    }
  }

  // The file is written under the lock: grants are rare, and their order in the file must be the order of deciding.
  private func record(_ claim: NodeClaim) -> ClaimDecision {
    records.withLock { records in
      let (decision, record) = ClaimRecord.deciding(claim, record: records[claim.node])
      guard decision == .granted, let record, record != records[claim.node] else { return decision }
      if let path {
        do throws(IdentityError) {
          try DurableFile.append(Array(Self.line(claim.node, record).utf8), to: path)
        } catch {
          return .unavailable(reason: error.message)
        }
      }
      records[claim.node] = record
      return .granted
    }
  }

  private static func line(_ node: NodeName, _ record: ClaimRecord) -> String {
    "\(node) \(record.publicKeyFingerprint) \(record.previousFingerprint ?? "-")\(record.isReleased ? " released" : "")\n"
  }

  private static func parse(
    _ bytes: [UInt8], path: String
  ) throws(IdentityError) -> (records: [NodeName: ClaimRecord], lines: Int) {
    var records: [NodeName: ClaimRecord] = [:]
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last line end is either nothing or a line that was never finished.
    for (index, line) in lines.dropLast().enumerated() {
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      let isReleased = words.count == 4 && words[3] == "released"
      guard words.count == 3 || isReleased, let node = try? NodeName(String(words[0])) else {
        throw IdentityError(code: .damaged, message: "\(path), line \(index + 1), is not a claim")
      }
      records[node] = ClaimRecord(
        publicKeyFingerprint: String(words[1]), previousFingerprint: words[2] == "-" ? nil : String(words[2]),
        isReleased: isReleased)
    }
    return (records, max(0, lines.count - 1))
  }
}
#endif
