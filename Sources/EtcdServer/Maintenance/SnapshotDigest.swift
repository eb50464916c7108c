#if Networking
import Crypto

/// What makes a snapshot whole: its bytes are followed by their SHA-256, so that a copy that was cut off, or changed on a
/// disk, is known for one.
package struct SnapshotDigest {
  package static let byteCount = 32
  /// Databases are made of sectors; a file that ends with a digest is this much longer than so many of them.
  package static let sectorBytes = 512

  private var digest = SHA256()

  package init() {}

  package mutating func update(_ bytes: [UInt8]) { digest.update(data: bytes) }

  package consuming func finish() -> [UInt8] { Array(digest.finalize()) }
}
#endif
