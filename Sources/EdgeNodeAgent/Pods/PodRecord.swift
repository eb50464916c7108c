import EdgeJSON
import EdgePrimitives
import EdgeStore

/// What the node itself decided about a pod and must remember over its own restarts: the address, when it began, how
/// often each container was started. Processes are not recorded here; they are found (see ``ContainerID``).
struct PodRecord: Hashable, Sendable {
  var podUID: String
  var podIP: String
  var startTime: Timestamp
  /// The last attempt of each container; the first is 0.
  var attempts: [String: Int] = [:]
  /// The exit code of each container that the restart policy lets rest.
  var completions: [String: Int32] = [:]

  private static let prefix = "/pods/"
  private var key: StoreKey { StoreKey(Self.prefix + podUID) }

  func save(in store: any MVCCStore) async throws(StoreError) {
    let attempts = JSONObject(attempts.map { ($0.key, JSONValue.integer(Int64($0.value))) })
    let completions = JSONObject(completions.map { ($0.key, JSONValue.integer(Int64($0.value))) })
    let value: JSONValue = [
      "podIP": .string(podIP), "startTime": .integer(startTime.nanosecondsSinceEpoch), "attempts": .object(attempts),
      "completions": .object(completions),
    ]
    _ = try await store.put(key, value.serialized())
  }

  func remove(from store: any MVCCStore) async throws(StoreError) { _ = try await store.delete(key) }

  static func loadAll(from store: any MVCCStore) async throws(StoreError) -> [String: PodRecord] {
    var records: [String: PodRecord] = [:]
    for entry in try await store.range(RangeRequest(.prefix(StoreKey(prefix)))).kvs {
      let uid = String(decoding: entry.key.bytes.dropFirst(prefix.utf8.count), as: UTF8.self)
      guard let value = try? JSONValue(parsing: entry.value), let podIP = value["podIP"]?.stringValue,
        let start = value["startTime"]?.integerValue
      else { continue }
      var record = PodRecord(podUID: uid, podIP: podIP, startTime: Timestamp(nanosecondsSinceEpoch: start))
      for (name, attempt) in value["attempts"]?.objectValue ?? JSONObject() {
        record.attempts[name] = attempt.integerValue.map { Int($0) }
      }
      for (name, code) in value["completions"]?.objectValue ?? JSONObject() {
        record.completions[name] = code.integerValue.flatMap { Int32(exactly: $0) }
      }
      records[uid] = record
    }
    return records
  }
}
