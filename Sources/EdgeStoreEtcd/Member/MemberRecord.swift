#if Networking
import EdgeIdentity
import EdgeJSON

/// How a member came into its cluster: `member.json` in its directory, written once, read at each start.
struct MemberRecord: Hashable, Sendable {
  var name: String
  var peerURL: String
  /// `name=url,...` of all members at that time, this one included.
  var initialCluster: String
  /// Whether it was admitted by a cluster that existed.
  var joinedExisting: Bool
  /// Client URLs of other members, for a learner that wants its vote.
  var endpoints: [String]

  private static func path(_ directory: String) -> String { "\(directory)/member.json" }

  static func load(directory: String) throws(EtcdClusterError) -> MemberRecord? {
    do {
      guard let bytes = try DurableFile.read(path(directory)) else { return nil }
      let json = try JSONValue(parsing: bytes)
      guard let name = json["name"]?.stringValue, let peer = json["peerURL"]?.stringValue,
        let cluster = json["initialCluster"]?.stringValue, let joined = json["joinedExisting"]?.boolValue
      else { throw EtcdClusterError(.misconfigured, "\(path(directory)) does not describe a member") }
      return MemberRecord(
        name: name, peerURL: peer, initialCluster: cluster, joinedExisting: joined,
        endpoints: json["endpoints"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    } catch let error as EtcdClusterError {
      throw error
    } catch {
      throw EtcdClusterError(.io, "cannot read \(path(directory))", cause: error)
    }
  }

  func save(directory: String) throws(EtcdClusterError) {
    let json: JSONObject = [
      "name": .string(name), "peerURL": .string(peerURL), "initialCluster": .string(initialCluster),
      "joinedExisting": .bool(joinedExisting), "endpoints": .array(endpoints.map { .string($0) }),
    ]
    do {
      try DurableFile.write(JSONValue.object(json).serialized(), to: Self.path(directory), mode: 0o600)
    } catch {
      throw EtcdClusterError(.io, "cannot write \(Self.path(directory))", cause: error)
    }
  }
}
#endif
