import EdgeJSON

/// How a strategic merge patch treats the members of the built-in types.
extension TypeSchema: PatchSchema {
  public func patchField(named name: String) -> PatchField<TypeSchema>? {
    guard let index = layout.pointee.index(of: name) else { return nil }
    let member = layout.pointee.members[index]
    let inner = member.kind == .list || member.kind == .map ? member.element?.pointee : member
    // What a map holds is looked up under its keys, which no schema names.
    let object = member.kind == .map ? nil : inner?.object
    return PatchField(
      schema: object.map { TypeSchema(layout: $0) }, isList: member.kind == .list || member.field.isPointer,
      strategy: member.field.patchStrategy,
      mergeKey: member.field.mergeKey.isEmpty ? nil : member.field.mergeKey)
  }
}

extension StrategicMergePatch {
  /// Applies a patch to an object of a built-in kind.
  ///
  /// - Throws: ``PatchError``, and ``ObjectError`` for a kind whose type nobody knows: such objects, custom resources among
  ///   them, are patched with ``JSONMergePatch``.
  public static func apply(_ patch: JSONValue, to object: UnstructuredObject) throws -> UnstructuredObject {
    guard let schema = TypeSchema(object.gvk) else {
      throw ObjectError(
        code: .unknownKind, field: "kind", message: "no type of \"\(object.gvk)\" is known to merge by")
    }
    guard case .object(let content) = try apply(patch, to: .object(object.content), schema: schema) else {
      throw ObjectError(code: .malformed, message: "the patched value is not an object")
    }
    return try UnstructuredObject(content: content)
  }
}
