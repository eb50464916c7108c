import EdgeAPIModels

extension ObjectRegistry {
  /// The object in another served version of its kind.
  /// - Throws: ``APIError/Code/unknownKind`` when the version is not served, ``APIError/Code/invalid`` when the object
  ///   cannot be converted.
  public func converted(_ object: UnstructuredObject, to version: String) throws(APIError) -> UnstructuredObject {
    try catalog.converted(object, to: version)
  }

  /// Another version is validated before it is converted, so that errors name the fields that the client wrote.
  func storageForm(_ object: UnstructuredObject, _ type: ResourceType) throws(APIError) -> UnstructuredObject {
    if object.gvk.version == type.gvk.version { return object }
    try validate(object)
    return try catalog.converted(object, to: type.gvk.version)
  }
}

extension ResourceCatalog {
  func converted(_ object: UnstructuredObject, to version: String) throws(APIError) -> UnstructuredObject {
    if object.gvk.version == version { return object }
    do {
      return try ObjectConversion.fromStorage(object, to: version, catalog: self)
    } catch {
      throw APIError(
        [.unknownKind, .unsupportedVersion].contains(error.code) ? .unknownKind : .invalid,
        "\(object.kind) \"\(object.metadata.name ?? "")\" cannot be converted to \(version): \(error)", cause: error)
    }
  }
}
