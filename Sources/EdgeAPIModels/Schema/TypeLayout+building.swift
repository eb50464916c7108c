/// Makes layouts from schemas: flattens what is inlined, orders the members and resolves the types of members.
struct LayoutBuilder {
  /// The fields of a type, nil when there is no such type.
  let fields: (String) -> (fields: [FieldSchema], gvk: GroupVersionKind?, isUnion: Bool)?
  /// Everything built so far; types may refer to one another in circles.
  private(set) var layouts: [String: UnsafeMutablePointer<TypeLayout>]

  init(
    layouts: [String: UnsafeMutablePointer<TypeLayout>],
    fields: @escaping (String) -> (fields: [FieldSchema], gvk: GroupVersionKind?, isUnion: Bool)?
  ) {
    self.layouts = layouts
    self.fields = fields
  }

  mutating func layout(_ name: String) -> LayoutPointer? {
    if let known = layouts[name] { return LayoutPointer(known) }
    guard let type = fields(name) else { return nil }
    let place = UnsafeMutablePointer<TypeLayout>.allocate(capacity: 1)
    layouts[name] = place
    place.initialize(to: build(name, type.fields, gvk: type.gvk, isUnion: type.isUnion))
    return LayoutPointer(place)
  }

  private struct Draft {
    let field: FieldSchema
    /// The protobuf numbers from the outside in; nil when protobuf does not have the field.
    let path: [Int]?
    let declared: Int
  }

  private func flatten(_ fields: [FieldSchema], path: [Int]?, into drafts: inout [Draft]) {
    for field in fields {
      let own = field.number.flatMap { number in path.map { $0 + [number] } }
      if field.isInline {
        if let name = field.type.objectName, let inner = self.fields(name) {
          flatten(inner.fields, path: own, into: &drafts)
        }
      } else {
        drafts.append(Draft(field: field, path: own, declared: drafts.count))
      }
    }
  }

  /// The names of the members in the order of their indices.
  func memberNames(of name: String) -> [String]? {
    fields(name).map { ordered($0.fields).map(\.field.name) }
  }

  private func ordered(_ fields: [FieldSchema]) -> [Draft] {
    var drafts: [Draft] = []
    flatten(fields, path: [], into: &drafts)
    return drafts.sorted { left, right in
      switch (left.path, right.path) {
      case (let left?, let right?): left.lexicographicallyPrecedes(right)
      case (nil, nil): left.declared < right.declared
      case (let path, _): path != nil
      }
    }
  }

  private mutating func build(
    _ name: String, _ fields: [FieldSchema], gvk: GroupVersionKind?, isUnion: Bool
  ) -> TypeLayout {
    let drafts = ordered(fields)
    precondition(drafts.count <= TypeLayout.maximumMembers, "\(name) has more members than an index can tell apart")
    var byDeclaration = [Int](repeating: -1, count: drafts.count + 1)
    for (index, draft) in drafts.enumerated() { byDeclaration[draft.declared] = index }
    var members: [MemberLayout] = []
    for draft in drafts { members.append(member(draft, successor: byDeclaration[draft.declared + 1])) }
    let nullable = drafts.indices.filter { Self.isNullWhenAbsent(drafts[$0].field) }
    return TypeLayout(
      name: name, gvk: gvk, members: Self.kept(members), messages: Self.kept(messages(drafts)),
      slots: Self.kept(Self.slots(members)), first: byDeclaration[0], nullable: Self.kept(nullable), isUnion: isUnion)
  }

  private mutating func member(_ draft: Draft, successor: Int) -> MemberLayout {
    let field = draft.field
    let (kind, element, object) = shape(field.type, field)
    return MemberLayout(
      field: field, kind: kind, element: element, object: object,
      key: Self.kept(Array("\"\(field.name)\":".utf8), room: 8),
      outerNumbers: draft.path.map { Array($0.dropLast()) } ?? [], number: draft.path?.last ?? 0,
      isAlwaysWritten: draft.path != nil && field.isAlwaysWritten, omitsEmpty: field.omitsEmpty || field.isPointer,
      successor: successor)
  }

  private mutating func shape(
    _ type: FieldType, _ field: FieldSchema
  ) -> (MemberLayout.Kind, UnsafePointer<MemberLayout>?, LayoutPointer?) {
    switch type {
    case .string: return (.string, nil, nil)
    case .bool: return (.bool, nil, nil)
    case .int32: return (.int32, nil, nil)
    case .int64: return (.int64, nil, nil)
    case .uint32: return (.uint32, nil, nil)
    case .double: return (.double, nil, nil)
    case .bytes: return (.bytes, nil, nil)
    case .quantity: return (.quantity, nil, nil)
    case .time: return (.time, nil, nil)
    case .microTime: return (.microTime, nil, nil)
    case .duration: return (.duration, nil, nil)
    case .intOrString: return (.intOrString, nil, nil)
    case .raw, .fieldsV1: return (.raw, nil, nil)
    case .json: return (.json, nil, nil)
    case .strings: return (.strings, nil, nil)
    case .object(let name):
      // Sound: the generator refuses schema files with references to types that they do not declare.
      return (.object, nil, layout(name))
    case .list(let inner): return (.list, element(inner, of: field), nil)
    // Kubernetes' maps of lists are maps of messages in protobuf.
    case .map(.list(.string)): return (.map, element(.strings, of: field), nil)
    case .map(let inner): return (.map, element(inner, of: field), nil)
    }
  }

  private mutating func element(_ type: FieldType, of field: FieldSchema) -> UnsafePointer<MemberLayout> {
    let (kind, inner, object) = shape(type, field)
    let layout = MemberLayout(
      field: field, kind: kind, element: inner, object: object, key: Self.kept([]), outerNumbers: [], number: 0,
      isAlwaysWritten: true, omitsEmpty: false, successor: -1)
    return UnsafePointer(Self.kept([layout]).baseAddress.unsafelyUnwrapped)
  }

  private func messages(_ drafts: [Draft]) -> [TypeLayout.Message] {
    var entries: [[TypeLayout.Message.Entry]] = [[]]
    func set(_ message: Int, _ number: Int, _ entry: TypeLayout.Message.Entry) {
      while entries[message].count <= number { entries[message].append(.unknown) }
      entries[message][number] = entry
    }
    for (index, draft) in drafts.enumerated() {
      guard let path = draft.path, let last = path.last else { continue }
      var message = 0
      for number in path.dropLast() {
        if number < entries[message].count, case .inlined(let inner) = entries[message][number] {
          message = inner
        } else {
          entries.append([])
          set(message, number, .inlined(entries.count - 1))
          message = entries.count - 1
        }
      }
      set(message, last, .member(index))
    }
    return entries.map { TypeLayout.Message(entries: Self.kept($0)) }
  }

  private static func slots(_ members: [MemberLayout]) -> [UInt8] {
    var size = 4
    while size < 2 * members.count { size *= 2 }
    var slots = [UInt8](repeating: 0, count: size)
    for (index, member) in members.enumerated() {
      let name = UnsafeBufferPointer(rebasing: member.key[1..<(member.key.count - 2)])
      var place = TypeLayout.hash(name) & (size - 1)
      while slots[place] != 0 { place = (place + 1) & (size - 1) }
      slots[place] = UInt8(index + 1)
    }
    return slots
  }

  private static func isNullWhenAbsent(_ field: FieldSchema) -> Bool {
    switch field.type {
    // Go's structs of time are written even with `omitempty`.
    case .time, .microTime: !field.isPointer
    case .list, .map, .bytes, .raw, .json: !field.omitsEmpty && !field.isPointer
    default: false
    }
  }

  /// Layouts are never freed; see ``TypeLayout``.
  ///
  /// - Parameter room: more elements of memory, for loads of several bytes at once.
  private static func kept<Element>(_ elements: [Element], room: Int = 1) -> UnsafeBufferPointer<Element> {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count + room)
    _ = buffer.initialize(from: elements)
    return UnsafeBufferPointer(start: buffer.baseAddress, count: elements.count)
  }
}
