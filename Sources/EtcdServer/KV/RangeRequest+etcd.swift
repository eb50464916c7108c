#if Networking
import EdgeStore
import EtcdAPI

extension RangeRequest {
  /// - Throws: etcd's refusal of an empty key or an unknown order.
  init(_ request: Etcd.RangeRequest) throws(Etcd.Failure) {
    if request.key.isEmpty { throw .emptyKey }
    let cut = try CutBeforeSorting(request)
    let limit = cut.map { $0.limit + 1 } ?? Int(request.limit)
    self.init(
      KeyRange(key: request.key, rangeEnd: request.rangeEnd), limit: limit > 0 ? limit : nil,
      revision: request.revision > 0 ? Revision(rawValue: request.revision) : nil, countOnly: request.countOnly,
      keysOnly: request.keysOnly && cut?.needsValues != true,
      order: cut == nil ? try Self.order(request.sortOrder, request.sortTarget) : nil,
      modRevisions: Self.bounds(request.minimumModRevision, request.maximumModRevision),
      createRevisions: Self.bounds(request.minimumCreateRevision, request.maximumCreateRevision))
  }

  /// Without an order the answer is in byte order, whatever the target; but as in etcd, a target other than the key asks
  /// for ascending order by itself.
  fileprivate static func order(_ order: Etcd.SortOrder, _ target: Etcd.SortTarget) throws(Etcd.Failure) -> RangeOrder?
  {
    let field: RangeOrder.Target
    switch target {
    case .key: field = .key
    case .version: field = .version
    case .createRevision: field = .createRevision
    case .modRevision: field = .modRevision
    case .value: field = .value
    default: throw .invalidSortOption
    }
    switch order {
    case .none: return field == .key ? nil : RangeOrder(field)
    case .ascending: return RangeOrder(field)
    case .descending: return RangeOrder(field, .descending)
    default: throw .invalidSortOption
    }
  }

  private static func bounds(_ minimum: Int64, _ maximum: Int64) -> RevisionBounds {
    RevisionBounds(
      minimum: minimum == 0 ? nil : Revision(rawValue: minimum),
      maximum: maximum == 0 ? nil : Revision(rawValue: maximum))
  }

  /// Whether it is quick enough for an event loop, which has other connections to serve.
  var isShort: Bool {
    if countOnly || keys.singleKey != nil { return true }
    guard let limit, order == nil else { return false }
    return limit <= 1000
  }
}
#endif
