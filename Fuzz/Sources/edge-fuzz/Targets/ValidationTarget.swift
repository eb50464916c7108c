import EdgeJSON
import EdgePrimitives

@testable import EdgeAPIModels

/// Any object is checked, completed and printed. Defaults that were filled in stay as they are. The input is an object, or
/// `[object, the object before]`.
func fuzzValidation(_ bytes: [UInt8]) {
  guard let input = try? JSONValue(parsing: bytes) else { return }
  let values = input.arrayValue ?? [input]
  let objects = values.compactMap { value -> UnstructuredObject? in
    if case .object(let content) = value { try? UnstructuredObject(content: content) } else { nil }
  }
  let now = Timestamp(nanosecondsSinceEpoch: 1_790_000_000_000_000_000)
  for value in values {
    let table = ResourceTable(value, now: now, includes: .object)
    require(table.rows.allSatisfy { $0.cells.count == table.columns.count }, "a row of another length")
    _ = (table.text(.wide, showsNamespace: true), table.json.serialized())
  }
  for object in objects {
    require(ObjectValidation.validate(object).count <= 100, "more than 100 errors")
    var completed = object
    ObjectDefaults.apply(to: &completed)
    var again = completed
    ObjectDefaults.apply(to: &again)
    require(again == completed, "\(completed.content) becomes \(again.content)")
    _ = (ObjectValidation.validate(completed), completed.serialized())
  }
  if let new = objects.first, let old = objects.last { _ = ObjectValidation.validate(updated: new, old: old) }
}
