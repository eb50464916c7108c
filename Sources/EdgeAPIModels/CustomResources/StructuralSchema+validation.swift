import EdgeJSON

extension StructuralSchema {
  /// What is wrong with an object, in the words of the API server: the schema's checks, then duplicates in lists that are
  /// sets or maps, then the type and metadata of embedded resources. At most 100 errors.
  ///
  /// The object's own `metadata`, `apiVersion` and `kind` are ``ObjectValidation``'s part.
  public func validate(_ object: JSONObject) -> [FieldError] {
    var problems = SchemaCheck.check(.object(object), root, path: "")
    ListTypeCheck.check(.object(object), root, at: FieldPath(), &problems)
    EmbeddedResourceCheck.check(.object(object), root, at: FieldPath(), &problems)
    return problems.errors
  }
}
