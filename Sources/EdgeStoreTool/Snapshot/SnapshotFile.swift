#if Networking && SQLite
import EdgeStore
import EdgeStoreSQLite
import EtcdServer
import Glibc

/// A snapshot on a disk: a database and the SHA-256 of it, as `snapshot save` here and `etcdctl snapshot save` write them.
struct SnapshotFile {
  let path: String

  private static let pieceBytes = 1 << 20

  enum Digest { case required, ignored }

  /// Copies the database inside of the snapshot to a new file, which is on the disk when this returns.
  ///
  /// - Throws: ``FileError`` when the snapshot is not whole; nothing is left then.
  func extract(to destination: String, digest wanted: Digest) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw FileError.last(path) }
    defer { close(source) }
    var information = stat()
    guard fstat(source, &information) == 0 else { throw FileError.last(path) }
    let size = Int(information.st_size)
    let hasDigest = size % SnapshotDigest.sectorBytes == SnapshotDigest.byteCount
    if !hasDigest && wanted == .required {
      throw FileError(
        path: path,
        reason: "it does not end with a digest: it was cut off, or it is a copy of a database (then --skip-hash-check)")
    }
    let target = open(destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw FileError.last(destination) }
    do {
      defer { close(target) }
      var digest = SnapshotDigest()
      var rest = hasDigest ? size - SnapshotDigest.byteCount : size
      while rest > 0 {
        let piece = try read(source, min(rest, Self.pieceBytes))
        digest.update(piece)
        try FileContent.write(piece, to: target, destination)
        rest -= piece.count
      }
      if hasDigest, wanted == .required, try read(source, SnapshotDigest.byteCount) != digest.finish() {
        throw FileError(path: path, reason: "the digest does not match: the snapshot is damaged")
      }
      if fsync(target) != 0 { throw FileError.last(destination) }
    } catch {
      unlink(destination)
      throw error
    }
  }

  private func read(_ descriptor: Int32, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), count - filled)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw FileError.last(path) }
      guard got > 0 else { throw FileError(path: path, reason: "it ended while it was read") }
      filled += got
    }
    return bytes
  }
}
#endif
