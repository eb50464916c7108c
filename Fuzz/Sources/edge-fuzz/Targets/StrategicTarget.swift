import EdgeJSON

@testable import EdgeAPIModels

/// A strategic merge patch ends, whatever it says; one that was made leads from the one object to the other, when both
/// are of their type and lists have their merge keys. The input is `[type, original, modified, current]`.
func fuzzStrategic(_ bytes: [UInt8]) {
  guard let input = try? JSONValue(parsing: bytes).arrayValue, input.count >= 3,
    let schema = TypeSchema(named: input[0].stringValue ?? "")
  else { return }
  let (original, modified) = (input[1], input[2])
  _ = try? StrategicMergePatch.apply(modified, to: original, schema: schema)
  if let patch = try? StrategicMergePatch.create(from: original, to: modified, schema: schema) {
    let result = try? StrategicMergePatch.apply(patch, to: original, schema: schema)
    if isProper(original, schema), isProper(modified, schema) {
      require(result == modified, "\(patch.text) on \(original.text) gives \(result?.text ?? "nothing")")
    }
  }
  guard input.count > 3 else { return }
  for conflicts in [StrategicMergePatch.Conflicts.overwrite, .refuse] {
    guard
      let patch = try? StrategicMergePatch.createThreeWay(
        original: original, modified: modified, current: input[3], schema: schema, conflicts: conflicts)
    else { continue }
    _ = try? StrategicMergePatch.apply(patch, to: input[3], schema: schema)
  }
}

/// Whether the format can say everything that the object says.
private func isProper(_ value: JSONValue, _ schema: TypeSchema) -> Bool {
  let limits = JSONLimits.default
  let isTyped = value.serialized().withUnsafeBufferPointer {
    (try? JSONRecordReader.read($0, as: schema.layout, limits: limits)) != nil
  }
  return isTyped && isProper(member: value, .object(schema.name), nil)
}

private func isProper(member value: JSONValue, _ type: FieldType, _ field: FieldSchema?) -> Bool {
  switch value {
  case .null: return false
  case .object(let members):
    let schema: TypeSchema? = if case .object(let name) = type { TypeSchema(named: name) } else { nil }
    return members.allSatisfy { key, member in
      if key.hasPrefix("$") { return false }
      if case .map(let element) = type { return isProper(member: member, element, nil) }
      guard let schema else { return isProper(member: member, .json, nil) }
      guard let field = schema.field(named: key) else { return false }
      return isProper(member: member, field.type, field)
    }
  case .array(let elements):
    if let field, field.patchStrategy.contains(.merge) {
      let keys = elements.map { field.mergeKey.isEmpty ? $0 : $0[field.mergeKey] ?? .null }
      // Scalars are told apart by their texts.
      let texts = keys.map { $0.stringValue ?? $0.text }
      if keys.contains(.null) || Set(texts).count != texts.count { return false }
    }
    if case .list(let element) = type { return elements.allSatisfy { isProper(member: $0, element, nil) } }
    return elements.allSatisfy { isProper(member: $0, .json, nil) }
  default: return true
  }
}
