import EdgeJSON

/// One object of a Kubernetes-style API, of any kind, that loses nothing: members that nobody here knows survive.
///
/// The JSON is the object; everything else is a view of it. Views read members of the wrong type as absent, because an
/// object may come from anywhere; ``ObjectValidation`` says what is wrong with it.
public struct UnstructuredObject: Sendable, Hashable {
  /// The whole object. Whoever replaces it keeps `apiVersion` and `kind` in it; without them ``gvk`` is empty.
  public var content: JSONObject

  /// - Throws: ``ObjectError`` unless `apiVersion` and `kind` are proper strings and `metadata` is an object or absent.
  public init(content: JSONObject) throws(ObjectError) {
    let apiVersion = try Self.requiredString("apiVersion", in: content)
    let kind = try Self.requiredString("kind", in: content)
    if GroupVersionKind(apiVersion: apiVersion, kind: kind) == nil {
      throw ObjectError(
        code: .invalidField, field: "apiVersion",
        message: "\"\(apiVersion.prefix(80))\" is not <version> or <group>/<version>")
    }
    switch content["metadata"] {
    case nil, .object, .null: break
    default: throw ObjectError(code: .invalidField, field: "metadata", message: "must be an object")
    }
    self.content = content
  }

  /// Parses one JSON object.
  public init(parsing bytes: [UInt8]) throws(ObjectError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw ObjectError(code: .malformed, message: "invalid JSON: \(error)", cause: error)
    }
    guard case .object(let content) = value else {
      throw ObjectError(code: .malformed, message: "the JSON value is not an object")
    }
    try self.init(content: content)
  }

  /// An object with nothing but its type and name.
  public init(apiVersion: String, kind: String, name: String, namespace: String? = nil) {
    var metadata: JSONObject = ["name": .string(name)]
    if let namespace { metadata["namespace"] = .string(namespace) }
    content = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": .object(metadata)]
  }

  public var apiVersion: String {
    get { content["apiVersion"]?.stringValue ?? "" }
    set { content["apiVersion"] = .string(newValue) }
  }

  public var kind: String {
    get { content["kind"]?.stringValue ?? "" }
    set { content["kind"] = .string(newValue) }
  }

  public var gvk: GroupVersionKind {
    GroupVersionKind(apiVersion: apiVersion, kind: kind) ?? GroupVersionKind(group: "", version: "", kind: kind)
  }

  public var metadata: ObjectMeta {
    get { ObjectMeta(content: content["metadata"]?.objectValue ?? JSONObject()) }
    set { content["metadata"] = .object(newValue.content) }
  }

  /// The member at a path of keys, `object["spec", "nodeName"]`. Setting creates what is missing; nil removes.
  public subscript(path: String...) -> JSONValue? {
    get { content[path: path] }
    set { content[path: path] = newValue }
  }

  /// The key of this object. A namespaced object that names no namespace belongs to `default`.
  ///
  /// - Throws: ``ObjectError`` for a kind or version that the catalogue does not know, and for an object without a name.
  public func key(in catalog: ResourceCatalog = .standard) throws(ObjectError) -> ObjectKey {
    guard let type = catalog.type(for: gvk) else {
      throw ObjectError(code: .unknownKind, field: "kind", message: "no kind \"\(kind)\" in \"\(apiVersion)\"")
    }
    guard let name = metadata.name, !name.isEmpty else {
      throw ObjectError(code: .missingField, field: "metadata.name", message: "Required value")
    }
    let namespace = type.isNamespaced ? metadata.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default" : nil
    return ObjectKey(resource: type.groupResource, namespace: namespace, name: name)
  }

  /// The compact JSON text.
  public func serialized() -> [UInt8] { content.serialized() }

  private static func requiredString(_ name: String, in content: JSONObject) throws(ObjectError) -> String {
    switch content[name] {
    case nil, .null, "": throw ObjectError(code: .missingField, field: name, message: "Required value")
    case .string(let value): return value
    default: throw ObjectError(code: .invalidField, field: name, message: "must be a string")
    }
  }
}
