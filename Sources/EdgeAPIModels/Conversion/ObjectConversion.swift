import EdgeJSON

/// Objects between the versions a client speaks and the one version in which they are stored.
public enum ObjectConversion {
  /// - Throws: ``ObjectError`` when the catalogue does not know the kind or does not serve its version.
  public static func toStorage(
    _ object: UnstructuredObject, catalog: ResourceCatalog = .standard
  ) throws(ObjectError) -> UnstructuredObject {
    guard let type = catalog.type(for: object.gvk) else {
      throw ObjectError(
        code: .unknownKind, field: "kind", message: "no kind \"\(object.kind)\" in \"\(object.apiVersion)\"")
    }
    return try convert(object, to: type.gvk.version)
  }

  /// - Parameter version: without the group, for instance `v1alpha2`.
  public static func fromStorage(
    _ object: UnstructuredObject, to version: String, catalog: ResourceCatalog = .standard
  ) throws(ObjectError) -> UnstructuredObject {
    guard let type = catalog.type(for: object.gvk), type.serves(version: version) else {
      throw ObjectError(
        code: .unsupportedVersion, field: "apiVersion",
        message: "\"\(object.gvk.group)/\(version)\" does not serve kind \"\(object.kind)\"")
    }
    return try convert(object, to: version)
  }

  private static func convert(_ object: UnstructuredObject, to version: String) throws(ObjectError)
    -> UnstructuredObject
  {
    let gvk = object.gvk
    if gvk.version == version { return object }
    if gvk.group == DeviceConversion.group { return try DeviceConversion.convert(object, to: version) }
    // Node pools: each version only added members, so the same content is right in all of them.
    var converted = object
    converted.apiVersion = GroupVersionKind(group: gvk.group, version: version, kind: gvk.kind).apiVersion
    return converted
  }
}
