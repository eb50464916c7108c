import EdgeStore

/// The contract, written as plainly as possible: the whole content at every revision. Slow, and obviously right.
struct NaiveStore {
  private(set) var contents: [[StoreKey: KeyValue]] = [[:], [:]]
  private(set) var events: [[StoreEvent]] = [[], []]
  private(set) var compacted = 0

  var revision: Revision { Revision(rawValue: Int64(contents.count - 1)) }
  var current: [StoreKey: KeyValue] { contents[contents.count - 1] }

  mutating func commit(_ transaction: Transaction) -> TransactionResponse {
    var content = current
    var changes: [StoreEvent] = []
    let response = run(transaction, on: &content, &changes)
    if !changes.isEmpty {
      contents.append(content)
      events.append(changes)
    }
    return response
  }

  private func run(
    _ transaction: Transaction, on content: inout [StoreKey: KeyValue], _ changes: inout [StoreEvent]
  ) -> TransactionResponse {
    // Against what was there before the whole transaction, however deep this one is nested.
    let holds = transaction.compares.allSatisfy { compare in
      let modRevision = current[compare.keys.start]?.modRevision ?? .zero
      guard case .modRevision(let expected) = compare.target, compare.relation == .equal else { return false }
      return modRevision == expected
    }
    let next = revision.next
    let results = (holds ? transaction.success : transaction.failure).map { operation -> OperationResult in
      switch operation {
      case .put(let put):
        let old = content[put.key]
        let new = KeyValue(
          key: put.key, value: put.value, createRevision: old?.createRevision ?? next, modRevision: next,
          version: (old?.version ?? 0) + 1)
        content[put.key] = new
        changes.append(StoreEvent(kind: .put, keyValue: new, previous: old))
        return .put(PutResponse(previous: put.returnsPrevious ? old : nil))
      case .delete(let deletion):
        let doomed = content.values.filter { deletion.keys.contains($0.key) }.sorted { $0.key < $1.key }
        for old in doomed {
          content[old.key] = nil
          let tombstone = KeyValue(key: old.key, value: [], createRevision: .zero, modRevision: next, version: 0)
          // What it held before the whole transaction.
          changes.append(StoreEvent(kind: .delete, keyValue: tombstone, previous: current[old.key]))
        }
        return .delete(DeleteResponse(deletedCount: doomed.count, previous: deletion.returnsPrevious ? doomed : []))
      case .range(let range):
        return .range(Self.answer(range, in: content, revision: changes.isEmpty ? revision : next))
      case .transaction(let nested):
        return .transaction(run(nested, on: &content, &changes))
      }
    }
    return TransactionResponse(revision: changes.isEmpty ? revision : next, succeeded: holds, results: results)
  }

  mutating func compact(upTo revision: Revision) { compacted = Int(revision.rawValue) }

  func range(_ request: RangeRequest) -> RangeResponse {
    Self.answer(request, in: contents[Int(request.revision?.rawValue ?? revision.rawValue)], revision: revision)
  }

  private static func answer(
    _ request: RangeRequest, in content: [StoreKey: KeyValue], revision: Revision
  ) -> RangeResponse {
    let all = content.values.filter { request.keys.contains($0.key) }.sorted { $0.key < $1.key }
    var selected = all.filter {
      request.modRevisions.contains($0.modRevision) && request.createRevisions.contains($0.createRevision)
    }
    if let order = request.order {
      func field(_ keyValue: KeyValue) -> Int64 {
        order.target == .modRevision ? keyValue.modRevision.rawValue : keyValue.version
      }
      let isRising = order.direction == .ascending
      selected.sort { isRising ? field($0) < field($1) : field($0) > field($1) }
    }
    let shown = request.countOnly ? [] : Array(selected.prefix(request.limit ?? .max))
    return RangeResponse(
      kvs: shown, count: all.count, more: !request.countOnly && shown.count < selected.count, revision: revision)
  }

  func batches(from start: Revision, in keys: KeyRange) -> [WatchBatch] {
    (max(2, Int(start.rawValue))..<contents.count).compactMap { index in
      let shown = events[index].filter { keys.contains($0.keyValue.key) }
      return shown.isEmpty ? nil : WatchBatch(revision: Revision(rawValue: Int64(index)), events: shown)
    }
  }
}
