#if Networking && SQLite
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EtcdAPI
import EtcdServer
import Glibc

/// What a server keeps: `store.db`, the database, and `member`, who it says it is.
struct DataDirectory {
  let path: String

  var database: String { "\(path)/store.db" }
  private var memberFile: String { "\(path)/member" }

  func create() throws {
    var partial = path.hasPrefix("/") ? "" : "."
    for component in path.split(separator: "/") {
      partial += "/\(component)"
      if mkdir(partial, 0o700) != 0 && errno != EEXIST {
        throw FileError(path: partial, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// As in etcd, history stays until somebody has it compacted.
  static func keepingHistory() -> SQLiteStoreConfiguration { SQLiteStoreConfiguration(compaction: nil) }

  func open(_ configuration: SQLiteStoreConfiguration) throws -> SQLiteStore {
    do {
      return try SQLiteStore.open(path: database, configuration: configuration)
    } catch {
      throw OpeningFailure(directory: self, error: error)
    }
  }

  // MARK: - Identity

  struct Member {
    var identity: MemberIdentity
    var alarms: Set<Etcd.AlarmMember> = []
  }

  /// Reads who the member is, or makes a new one; either way it has a new term, which is on the disk when this returns.
  func beginTerm(entropy: any EntropySource) throws -> Member {
    var member = try readMember() ?? Member(identity: .random(from: entropy))
    member.identity.raftTerm += 1
    try writeMember(member)
    return member
  }

  func writeMember(_ member: Member) throws {
    let identity = member.identity
    try FileContent.replace(
      memberFile,
      with: """
        cluster_id \(String(identity.clusterID, radix: 16))
        member_id \(String(identity.memberID, radix: 16))
        raft_term \(identity.raftTerm)
        alarms \(member.alarms.map(Self.text).sorted().joined(separator: ","))

        """)
  }

  /// The member's id, a colon, the kind.
  private static func text(_ alarm: Etcd.AlarmMember) -> String {
    "\(String(alarm.memberID, radix: 16)):\(alarm.alarm.rawValue)"
  }

  /// A kind alone, as earlier versions wrote it, is of this member.
  private static func alarm(_ text: Substring, of member: UInt64) -> Etcd.AlarmMember? {
    let parts = text.split(separator: ":")
    guard let kind = parts.last.flatMap({ Int32($0) }),
      let owner = parts.count == 2 ? UInt64(parts[0], radix: 16) : member
    else { return nil }
    return Etcd.AlarmMember(memberID: owner, alarm: Etcd.AlarmType(rawValue: kind))
  }

  private func readMember() throws -> Member? {
    guard let text = try FileContent.read(memberFile) else { return nil }
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      fields[words.first ?? ""] = words.count == 2 ? words[1] : ""
    }
    guard let cluster = fields["cluster_id"].flatMap({ UInt64($0, radix: 16) }), cluster != 0,
      let member = fields["member_id"].flatMap({ UInt64($0, radix: 16) }), member != 0,
      let term = fields["raft_term"].flatMap({ UInt64($0) })
    else {
      throw FileError(
        path: memberFile,
        reason: "it is not what edge-store writes; remove it to become a new member, which clients may notice")
    }
    let alarms = (fields["alarms"] ?? "").split(separator: ",").compactMap { Self.alarm($0, of: member) }
    return Member(
      identity: MemberIdentity(clusterID: cluster, memberID: member, raftTerm: term), alarms: Set(alarms))
  }
}
#endif
