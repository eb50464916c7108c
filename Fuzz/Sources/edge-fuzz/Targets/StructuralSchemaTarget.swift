import EdgeJSON

@testable import EdgeAPIModels

/// Any schema is compiled or refused; what it has admitted once it changes no more. The input is `[schema, object]`, or a
/// definition of a custom resource.
func fuzzStructuralSchema(_ bytes: [UInt8]) {
  guard let input = try? JSONValue(parsing: bytes) else { return }
  if case .object(let content) = input, let object = try? UnstructuredObject(content: content) {
    do throws(InvalidSchema) {
      let definition = try CustomResourceDefinition(object)
      for version in definition.versions { admit(content, version.schema) }
    } catch {
      require(!error.errors.isEmpty, "refused without a reason")
    }
  }
  guard let pair = input.arrayValue, pair.count >= 2, let schema = try? StructuralSchema(pair[0]) else { return }
  for case .object(let content) in pair.dropFirst() { admit(content, schema) }
}

private func admit(_ content: JSONObject, _ schema: StructuralSchema) {
  var object = content
  let (_, errors) = schema.admit(&object)
  let first = object
  let (pruned, more) = schema.admit(&object)
  require(pruned.isEmpty, "\(JSONValue.object(first).text) loses \(pruned) the second time")
  require(object == first, "\(JSONValue.object(first).text) becomes \(JSONValue.object(object).text) the second time")
  require(errors == more, "other errors the second time")
}
