import EdgeJSON

extension StrategicMerge {
  /// Obeys each `$setElementOrder/list` of the patch: merges that list and puts it in order. What is done is taken out of
  /// the patch.
  func applyElementOrders(
    _ patch: inout JSONObject, _ target: inout JSONObject, _ schema: Schema?
  ) throws(PatchError) {
    for (key, order) in patch where key.hasPrefix(PatchDirective.setElementOrder) {
      if !isApplying {
        if let present = target[key], !present.isDeeplyEqual(to: order) {
          throw PatchError(.malformedPatch, "the two patches ask for different orders", path: key)
        }
        target[key] = order
      }
      patch[key] = nil
      guard case .array(let order) = order else {
        throw PatchError(.malformedPatch, "an order is a list", path: key)
      }
      let name = try PatchDirective.field(of: key, after: PatchDirective.setElementOrder)
      let live = try list(name, in: target)
      let changes = try list(name, in: patch)
      let field = try Schema.listField(name, of: schema)
      do {
        try check(changes ?? [], against: order, field.mergeKey)
        guard let merged = try ordered(live, changes, order, field) else { continue }
        target[name] = .array(merged)
      } catch {
        throw error.under(name)
      }
      patch[name] = nil
    }
  }

  private func list(_ name: String, in object: JSONObject) throws(PatchError) -> [JSONValue]? {
    switch object[name] {
    case nil: return nil
    case .array(let list)?: return list
    default: throw PatchError(.malformedPatch, "an order is given, but this is not a list", path: name)
    }
  }

  /// - Returns: nil when there is no list.
  private func ordered(
    _ live: [JSONValue]?, _ changes: [JSONValue]?, _ order: [JSONValue], _ field: PatchField<Schema>
  ) throws(PatchError) -> [JSONValue]? {
    var merged = live ?? []
    var liveIdentities: [PatchScalar]?
    if let changes {
      if live == nil {
        merged = changes.compactMap { $0.withoutDirectives(droppingNulls: false) }
      } else if field.strategy.contains(.merge) {
        liveIdentities = try mergeList(changes, into: &merged, field)
      } else {
        merged = changes
      }
    } else if live == nil {
      return nil
    }
    let isOfObjects = try PatchElementKind(of: live ?? [], changes ?? []) == .object
    if merged.isEmpty, order.isEmpty, live?.isEmpty ?? true { return [] }
    let mergeKey = field.mergeKey ?? ""
    guard isOfObjects == !mergeKey.isEmpty else {
      throw PatchError(.mixedList, "lists of objects are ordered by a merge key, and only they")
    }
    func identities(_ list: [JSONValue]) throws(PatchError) -> [PatchScalar] {
      if isOfObjects { return try Self.identities(of: list, by: mergeKey) }
      let identities = list.compactMap(PatchScalar.init)
      if identities.count < list.count { throw PatchError(.malformedPatch, "an order of scalars holds other values") }
      return identities
    }
    if liveIdentities == nil { liveIdentities = try identities(live ?? []) }
    let listOrder = try ListOrder(
      identities: identities(merged), deletions: isApplying ? [] : Self.deletions(in: merged),
      wanted: PatchPlaces(identities(order)), live: PatchPlaces(liveIdentities ?? []))
    listOrder.apply(to: &merged)
    return merged
  }

  /// The elements of a patch must be in the order that it asks for, and all be in it.
  private func check(_ changes: [JSONValue], against order: [JSONValue], _ mergeKey: String?) throws(PatchError) {
    if order.isEmpty || changes.isEmpty { return }
    var rest = order[...]
    for (index, change) in changes.enumerated() {
      let wanted: PatchScalar
      if let mergeKey, !mergeKey.isEmpty {
        if let directive = change[PatchDirective.patch] {
          if rest.isEmpty, directive != PatchDirective.delete { throw Self.notInOrder(index) }
          continue
        }
        wanted = try Self.identities(of: [change], by: mergeKey)[0]
        guard
          let place = try place(
            of: wanted, in: rest,
            { element throws(PatchError) in
              try Self.identities(of: [element], by: mergeKey)[0]
            })
        else { throw Self.notInOrder(index) }
        rest = rest[(place + 1)...]
      } else {
        guard let scalar = PatchScalar(change) else { throw Self.notInOrder(index) }
        guard let place = rest.firstIndex(where: { PatchScalar($0) == scalar }) else { throw Self.notInOrder(index) }
        rest = rest[(place + 1)...]
      }
    }
  }

  private func place(
    of wanted: PatchScalar, in order: ArraySlice<JSONValue>, _ identity: (JSONValue) throws(PatchError) -> PatchScalar
  ) throws(PatchError) -> Int? {
    for place in order.indices where try identity(order[place]) == wanted { return place }
    return nil
  }

  private static func notInOrder(_ index: Int) -> PatchError {
    PatchError(.malformedPatch, "is not at its place in \(PatchDirective.setElementOrder)").under(index: index)
  }
}
