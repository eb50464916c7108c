#if Networking && SQLite
import ArgumentParser
import EdgeGRPC
import EtcdAPI
import EtcdServer
import Glibc
import Logging

struct SnapshotSaveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Save a snapshot of a server that is running.")

  @Argument(help: "The file to make; nothing may be there.")
  var file: String

  @OptionGroup var client: ClientOptions
  @OptionGroup var logs: LogOptions

  func run() async throws {
    if access(file, F_OK) == 0 { throw FileError(path: file, reason: "something is there already") }
    let connection = try await client.connect(logger: logs.makeLogger("edge-store"))
    let partial = file + ".part"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.last(partial) }
    do {
      defer { close(descriptor) }
      try await receive(from: connection, to: descriptor, partial)
      if fsync(descriptor) != 0 { throw FileError.last(partial) }
      if rename(partial, file) != 0 { throw FileError.last(file) }
    } catch {
      unlink(partial)
      throw error
    }
    await connection.close()
    FileContent.print("Snapshot saved at \(file)")
  }

  /// The last 32 bytes of the stream are the digest of those before them.
  private func receive(from connection: GRPCConnection, to descriptor: Int32, _ path: String) async throws {
    try await connection.streaming(GRPCMethod(Etcd.Maintenance.snapshot)) { stream in
      try await stream.requests.write(.init())
      stream.endRequests()
      var digest = SnapshotDigest()
      var tail: [UInt8] = []
      var count = 0
      for try await response in stream.responses {
        try FileContent.write(response.blob, to: descriptor, path)
        count += response.blob.count
        tail += response.blob
        let known = max(0, tail.count - SnapshotDigest.byteCount)
        digest.update(Array(tail[..<known]))
        tail.removeFirst(known)
      }
      guard count % SnapshotDigest.sectorBytes == SnapshotDigest.byteCount, digest.finish() == tail else {
        throw FileError(path: path, reason: "the server's snapshot is not whole (\(count) bytes)")
      }
    }
  }
}
#endif
