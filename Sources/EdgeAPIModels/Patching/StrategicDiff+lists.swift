import EdgeJSON

/// What a patch says about one merged list.
struct ListChange {
  var elements: [JSONValue] = []
  /// Scalars to remove; objects are removed by a directive among the elements.
  var deleted: [JSONValue] = []
  /// Empty when the patch need not say it.
  var order: [JSONValue] = []
}

extension StrategicDiff {
  func compareMerged(
    _ before: [JSONValue], _ after: [JSONValue], _ field: PatchField<Schema>
  ) throws(PatchError) -> ListChange {
    if before.isEmpty { return additions ? ListChange(elements: after) : ListChange() }
    if try PatchElementKind(of: before, after) == .object { return try compareObjects(before, after, field) }
    return compareScalars(before, after)
  }

  private func compareScalars(_ before: [JSONValue], _ after: [JSONValue]) -> ListChange {
    var change = ListChange()
    let sortedBefore = sortedAsGoDoes(before)
    let sortedAfter = sortedAsGoDoes(after)
    for pair in pairs(sortedBefore.map(\.goText), sortedAfter.map(\.goText)) {
      switch pair {
      case (nil, let added?): if additions { change.elements.append(sortedAfter[added]) }
      case (let removed?, nil): if deletions { change.deleted.append(sortedBefore[removed]) }
      default: break
      }
    }
    change.deleted = withoutDuplicates(change.deleted)
    // Scalars, as all elements are of one kind that is no object.
    let identities = change.elements.compactMap(PatchScalar.init)
    let wanted = PatchPlaces(after.compactMap(PatchScalar.init))
    ListOrder(identities: identities, wanted: wanted, live: wanted).apply(to: &change.elements)
    // Upstream has sorted the original by now, so that a list that is not sorted always gets an order.
    let isSame = { JSONValue.array(sortedBefore).isDeeplyEqual(to: .array(after)) }
    if ordersLists, (deletions && !change.deleted.isEmpty) || (additions && !isSame()) { change.order = after }
    return change
  }

  private func compareObjects(
    _ before: [JSONValue], _ after: [JSONValue], _ field: PatchField<Schema>
  ) throws(PatchError) -> ListChange {
    let mergeKey = field.mergeKey ?? ""
    let identitiesBefore = try StrategicMerge<Schema>.identities(of: before, by: mergeKey)
    let identitiesAfter = try StrategicMerge<Schema>.identities(of: after, by: mergeKey)
    let isReordered = identitiesBefore != identitiesAfter
    var change = ListChange()
    if !isReordered, PatchPlaces(identitiesAfter).areDistinct {
      for (old, new) in zip(before, after) {
        if let inner = try elementChange(old, new, mergeKey, field) { change.elements.append(inner) }
      }
    } else {
      let removals: [JSONValue]
      (change.elements, removals) = try matched(before, after, mergeKey, field)
      let identities = try StrategicMerge<Schema>.identities(of: change.elements, by: mergeKey)
      let wanted = PatchPlaces(identitiesAfter)
      let deletions = StrategicMerge<Schema>.deletions(in: change.elements)
      ListOrder(identities: identities, deletions: deletions, wanted: wanted, live: wanted).apply(to: &change.elements)
      change.elements += removals
    }
    if ordersLists, !change.elements.isEmpty || (additions && isReordered) {
      change.order = after.compactMap { element in element[mergeKey].map { [mergeKey: $0] } }
    }
    return change
  }

  /// What is said about the elements that are changed or new, not yet in order, and about those that are gone.
  private func matched(
    _ before: [JSONValue], _ after: [JSONValue], _ mergeKey: String, _ field: PatchField<Schema>
  ) throws(PatchError) -> (elements: [JSONValue], removals: [JSONValue]) {
    let text = { (element: JSONValue) in element[mergeKey]?.goText ?? "" }
    let sortedBefore = sortedAsGoDoes(before, by: text)
    let sortedAfter = sortedAsGoDoes(after, by: text)
    var elements: [JSONValue] = []
    var removals: [JSONValue] = []
    for pair in pairs(sortedBefore.map(text), sortedAfter.map(text)) {
      switch pair {
      case (let old?, let new?):
        if let inner = try elementChange(sortedBefore[old], sortedAfter[new], mergeKey, field) {
          elements.append(inner)
        }
      case (nil, let added?): if additions { elements.append(sortedAfter[added]) }
      case (let removed?, nil):
        guard deletions, let identity = sortedBefore[removed][mergeKey] else { continue }
        removals.append([mergeKey: identity, PatchDirective.patch: PatchDirective.delete])
      case (nil, nil): break
      }
    }
    return (elements, removals)
  }

  private func elementChange(
    _ before: JSONValue, _ after: JSONValue, _ mergeKey: String, _ field: PatchField<Schema>
  ) throws(PatchError) -> JSONValue? {
    guard case (.object(let before), .object(let after)) = (before, after) else { return nil }
    var change = try patch(from: before, to: after, field.schema, retainsKeys: field.strategy.contains(.retainKeys))
    if change.isEmpty { return nil }
    change[mergeKey] = after[mergeKey]
    return .object(change)
  }

  /// Two sorted lists side by side: equal texts are paired one to one, the rest stands alone.
  private func pairs(_ before: [String], _ after: [String]) -> [(before: Int?, after: Int?)] {
    var result: [(before: Int?, after: Int?)] = []
    var (old, new) = (0, 0)
    while old < before.count || new < after.count {
      if old < before.count, new < after.count, JSONValue.string(before[old]) == .string(after[new]) {
        result.append((old, new))
        old += 1
        new += 1
      } else if old == before.count || (new < after.count && precedes(after[new], before[old])) {
        result.append((nil, new))
        new += 1
      } else {
        result.append((old, nil))
        old += 1
      }
    }
    return result
  }

  /// Upstream fills the gap of a duplicate with the list's last element, which shows in the order of what is left.
  private func withoutDuplicates(_ scalars: [JSONValue]) -> [JSONValue] {
    var seen = Set<PatchScalar>()
    let distinct = scalars.filter { element in PatchScalar(element).map { seen.insert($0).inserted } ?? true }
    if distinct.count == scalars.count || scalars.count > 1_000 { return distinct }
    var rest = scalars
    var place = 0
    while place < rest.count {
      var other = place + 1
      while other < rest.count {
        if PatchScalar(rest[other]) == PatchScalar(rest[place]) { rest.swapRemove(at: other) } else { other += 1 }
      }
      place += 1
    }
    return rest
  }
}

extension Array {
  /// Removes an element and puts the last one in its place.
  fileprivate mutating func swapRemove(at place: Int) {
    swapAt(place, count - 1)
    removeLast()
  }
}
