#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeStore
import Logging

extension EtcdMember {
  /// Copies the member's database into its `snapshots/` now, and removes the oldest beyond what the schedule keeps.
  /// - Returns: the path of the copy, which is whole and on the disk.
  @discardableResult
  public func takeSnapshot(clock: any WallClock = SystemWallClock()) async throws -> String {
    let store = EtcdStore(
      configuration: try clientConfiguration(), group: eventLoopGroup, logger: Logger(label: "etcd"))
    let directory = configuration.snapshotDirectory
    let path = "\(directory)/\(configuration.name)-\(clock.now().millisecondsSinceEpoch).db"
    do {
      let snapshot = try await store.snapshot()
      var file = try FileBeingWritten(path)
      while let piece = try await snapshot.next() { try file.write(piece) }
      try file.finish()
    } catch {
      await store.close()
      throw error
    }
    await store.close()
    for old in snapshots().dropLast(configuration.snapshots.kept) { FileTree.remove(old) }
    return path
  }

  /// Paths of the copies, oldest first.
  public func snapshots() -> [String] {
    let prefix = "\(configuration.name)-"
    let times = FileTree.names(in: configuration.snapshotDirectory).compactMap { name -> Int64? in
      guard name.hasPrefix(prefix), name.hasSuffix(".db") else { return nil }
      return Int64(name.dropFirst(prefix.count).dropLast(3))
    }
    return times.sorted().map { "\(configuration.snapshotDirectory)/\(prefix)\($0).db" }
  }

  /// Makes a new cluster of one member from a snapshot, in the member's directory; its certificates stay. Data that was
  /// there is set aside beside it. Other members must join anew, with empty directories.
  ///
  /// The member must not run. Restoring is done by etcd's own tool, which checks the snapshot's hash: `etcdutl`, or
  /// `etcdctl` where that is not there.
  public static func restore(
    _ configuration: EtcdMemberConfiguration, from snapshot: String, tool: String? = nil,
    clock: any WallClock = SystemWallClock()
  ) async throws {
    try configuration.validate()
    try DurableFile.makeDirectory(configuration.directory)
    let program: String
    if let tool {
      program = try configuration.find(tool)
    } else if let path = try? configuration.find("etcdutl") {
      program = path
    } else {
      program = try configuration.find("etcdctl")
    }
    guard FileTree.exists(snapshot) else { throw EtcdClusterError(.io, "there is no \(snapshot)") }
    let now = clock.now().millisecondsSinceEpoch
    let target = "\(configuration.directory)/etcd.restored-\(now)"
    let cluster = "\(configuration.name)=\(configuration.peer)"
    let process = BoundProcess(
      executable: program,
      arguments: [
        "snapshot", "restore", snapshot, "--data-dir=\(target)", "--name=\(configuration.name)",
        "--initial-cluster=\(cluster)", "--initial-advertise-peer-urls=\(configuration.peer)",
        // A new cluster: members of the old one that come back must not be taken for members of this one.
        "--initial-cluster-token=restored-\(now)",
      ], environment: ["ETCDCTL_API": "3"], directory: configuration.directory)
    let output = OutputTail()
    let exit = try await process.run { output.append($0) }
    guard exit == .code(0) else {
      throw EtcdClusterError(.failed, "\(program) could not restore \(snapshot) (\(exit)): \(output.text)")
    }
    if FileTree.exists(configuration.dataDirectory) {
      try FileTree.move(configuration.dataDirectory, to: "\(configuration.directory)/etcd.before-\(now)")
    }
    try FileTree.move(target, to: configuration.dataDirectory)
    try MemberRecord(
      name: configuration.name, peerURL: configuration.peer.description, initialCluster: cluster,
      joinedExisting: false, endpoints: []
    ).save(directory: configuration.directory)
  }
}
#endif
