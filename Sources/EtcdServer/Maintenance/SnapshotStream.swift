#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// Sends a copy of the store as etcd does: its bytes, then their SHA-256, by which clients know that they have it all.
struct SnapshotStream {
  let store: any MVCCStore
  let identity: MemberIdentity
  let version: String

  private static let blobBytes = 64 << 10

  func send(to responses: GRPCMessageWriter<Etcd.SnapshotResponse>) async throws {
    let snapshot = try await answering { () async throws(StoreError) in try await store.snapshot() }
    defer { snapshot.cancel() }
    let header = identity.header(snapshot.revision ?? .zero)
    var digest = SnapshotDigest()
    var remaining = snapshot.totalBytes ?? 0
    while let piece = try await answering({ () async throws(StoreError) in try await snapshot.next() }) {
      digest.update(piece)
      for start in stride(from: 0, to: piece.count, by: Self.blobBytes) {
        let blob = Array(piece[start..<min(piece.count, start + Self.blobBytes)])
        remaining = max(0, remaining - Int64(blob.count))
        try await responses.write(
          Etcd.SnapshotResponse(header: header, remainingBytes: UInt64(remaining), blob: blob, version: version))
      }
    }
    // What a member of etcd streams ends with its digest already.
    if snapshot.format == .etcd { return }
    try await responses.write(
      Etcd.SnapshotResponse(header: header, blob: digest.finish(), version: version))
  }
}
#endif
