#if Networking
import EdgeStore
import EtcdAPI

extension RangeRequest {
  /// Whether the answer is sorted and cut here: keys that are equal in the field of the order must stay in byte order,
  /// which etcd does not promise.
  private var isSortedHere: Bool { order.map { $0.target != .key } ?? false }

  var etcd: Etcd.RangeRequest {
    let (key, rangeEnd) = keys.etcd
    var request = Etcd.RangeRequest(key: key, rangeEnd: rangeEnd)
    // etcd takes zero for "all"; nothing is asked for by counting.
    request.limit = isSortedHere ? 0 : limit.map { Int64(clamping: max(0, $0)) } ?? 0
    request.revision = max(0, revision?.rawValue ?? 0)
    request.countOnly = countOnly
    request.keysOnly = keysOnly && !(isSortedHere && order?.target == .value)
    request.minimumModRevision = modRevisions.minimum?.rawValue ?? 0
    request.maximumModRevision = modRevisions.maximum?.rawValue ?? 0
    request.minimumCreateRevision = createRevisions.minimum?.rawValue ?? 0
    request.maximumCreateRevision = createRevisions.maximum?.rawValue ?? 0
    if order?.target == .key, order?.direction == .descending {
      request.sortOrder = .descending
      request.sortTarget = .key
    }
    return request
  }

  /// - Parameter revision: where the store stood, for answers that do not say so.
  func response(_ message: Etcd.RangeResponse, revision: Revision) -> RangeResponse {
    var kvs = message.kvs.map { KeyValue($0) }
    var more = message.more
    if isSortedHere, let order {
      order.sort(&kvs)
      if let limit, limit > 0, kvs.count > limit {
        kvs.removeSubrange(limit...)
        more = true
      }
      if keysOnly { for index in kvs.indices { kvs[index].value = [] } }
    }
    return RangeResponse(
      kvs: kvs, count: Int(clamping: message.count), more: more,
      revision: message.header.map { Revision(rawValue: $0.revision) } ?? revision)
  }
}
#endif
