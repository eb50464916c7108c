import EdgeJSON

extension StrategicMerge {
  /// Merges a list whose strategy is `merge` and puts its elements in order.
  /// - Returns: the order of the live list from here on, as far as its former length. It is another than before when
  ///   elements were removed and added: upstream does both in the list's own memory and then looks there. nil when it is
  ///   as it was.
  func mergeList(
    _ changes: [JSONValue], into list: inout [JSONValue], _ field: PatchField<Schema>
  ) throws(PatchError) -> [PatchScalar]? {
    if list.isEmpty && changes.isEmpty { return nil }
    if try PatchElementKind(of: list, changes) == .object {
      guard let mergeKey = field.mergeKey, !mergeKey.isEmpty else {
        throw PatchError(.missingMergeKey, "the schema has no merge key for a merged list of objects")
      }
      return try mergeObjects(changes, into: &list, mergeKey, field.schema)
    }
    if let mergeKey = field.mergeKey, !mergeKey.isEmpty {
      throw PatchError(.mixedList, "a list of objects with the merge key \"\(mergeKey)\", but the elements are scalars")
    }
    mergeScalars(changes, into: &list)
    return nil
  }

  private func mergeScalars(_ changes: [JSONValue], into list: inout [JSONValue]) {
    // Scalars by the check of the element kind.
    let live = list.compactMap(PatchScalar.init)
    let wanted = changes.compactMap(PatchScalar.init)
    var seen = Set<PatchScalar>()
    var identities: [PatchScalar] = []
    var merged: [JSONValue] = []
    for (identity, element) in zip(live + wanted, list + changes) where seen.insert(identity).inserted {
      identities.append(identity)
      merged.append(element)
    }
    list = merged
    ListOrder(identities: identities, wanted: PatchPlaces(wanted), live: PatchPlaces(live)).apply(to: &list)
  }

  private func mergeObjects(
    _ changes: [JSONValue], into list: inout [JSONValue], _ mergeKey: String, _ schema: Schema?
  ) throws(PatchError) -> [PatchScalar]? {
    let formerCount = list.count
    let elements = try obeyDirectives(in: changes, mergeKey, &list)
    guard let elements else {
      // Replaced by the patch's own elements, which stay as they are. Those of one merge key come together.
      let identities = try Self.identities(of: list, by: mergeKey)
      let live = PatchPlaces(identities)
      ListOrder(identities: identities, wanted: PatchPlaces([]), live: live).apply(to: &list)
      return nil
    }
    let wanted = try Self.identities(of: elements, by: mergeKey)
    var identities = try Self.identities(of: list, by: mergeKey)
    let live = PatchPlaces(identities)
    var places = live
    for (index, identity) in wanted.enumerated() {
      guard let place = places[identity] else {
        list.append(elements[index])
        identities.append(identity)
        places.append(identity)
        continue
      }
      guard case (.object(let change), .object(var object)) = (elements[index], list[place]) else { continue }
      do throws(PatchError) {
        try merge(change, into: &object, schema)
        if !object.contains(key: mergeKey) { throw Self.missing(mergeKey) }
      } catch {
        throw error.under(index: index)
      }
      list[place] = .object(object)
    }
    let deletions = isApplying ? [] : Self.deletions(in: list)
    ListOrder(identities: identities, deletions: deletions, wanted: PatchPlaces(wanted), live: live).apply(to: &list)
    return Array(identities.prefix(formerCount))
  }

  /// - Returns: the elements of the patch that are no directives, nil when they have replaced the list.
  private func obeyDirectives(
    in changes: [JSONValue], _ mergeKey: String, _ list: inout [JSONValue]
  ) throws(PatchError) -> [JSONValue]? {
    guard changes.contains(where: { $0[PatchDirective.patch] != nil }) else { return changes }
    var elements: [JSONValue] = []
    var deleted = Set<PatchScalar>()
    var isReplaced = false
    for (index, change) in changes.enumerated() {
      switch change[PatchDirective.patch] {
      case nil: elements.append(change)
      case PatchDirective.delete: deleted.insert(try Self.identity(of: change, by: mergeKey, at: index))
      case PatchDirective.replace: isReplaced = true
      case .some(let directive):
        throw PatchError(
          .malformedPatch, "an element of a list cannot be patched by \(directive)", path: PatchDirective.patch
        ).under(index: index)
      }
    }
    if isReplaced {
      list = elements
      return nil
    }
    list.removeAll { element in
      element[mergeKey].flatMap(PatchScalar.init).map(deleted.contains) ?? false
    }
    return elements
  }

  static func deletions(in list: [JSONValue]) -> Set<Int> {
    Set(list.indices.filter { list[$0][PatchDirective.patch] == PatchDirective.delete })
  }

  static func identities(of list: [JSONValue], by mergeKey: String) throws(PatchError) -> [PatchScalar] {
    var identities: [PatchScalar] = []
    identities.reserveCapacity(list.count)
    for (index, element) in list.enumerated() { identities.append(try identity(of: element, by: mergeKey, at: index)) }
    return identities
  }

  private static func identity(
    of element: JSONValue, by mergeKey: String, at index: Int
  ) throws(PatchError) -> PatchScalar {
    guard let identity = element[mergeKey].flatMap(PatchScalar.init) else {
      throw missing(mergeKey).under(index: index)
    }
    return identity
  }

  private static func missing(_ mergeKey: String) -> PatchError {
    PatchError(.missingMergeKey, "an element of the list does not have its merge key \"\(mergeKey)\" as a scalar")
  }
}
