import EdgeAPIModels

extension APIError {
  /// What a patch that does not fit is to a caller. Source: `patch.go` of `k8s.io/apiserver/pkg/endpoints/handlers`.
  init(_ error: PatchError) {
    switch error.code {
    case .malformedPatch, .malformedDocument:
      self.init(.badRequest, "error decoding patch: \(error)", cause: error)
    case .conflict:
      self.init(.conflict, "the patch contradicts itself: \(error)", cause: error)
    default:
      self.init(
        .invalid, "the server rejected our request due to an error in our request: \(error)", cause: error)
    }
  }

  /// - Parameter error: of reading the patch itself, before there is an object.
  static func unreadablePatch(_ error: PatchError) -> APIError {
    guard error.code == .limitExceeded else { return APIError(error) }
    return APIError(.tooLarge, "the patch is too large: \(error)", cause: error)
  }

  /// The object that a patch leaves cannot be read.
  static func unusablePatch(
    _ kind: GroupVersionKind, _ key: ObjectKey, _ reason: String
  ) -> APIError {
    .invalid(kind, name: key.name, [FieldError(path: "patch", kind: .invalid, detail: reason)])
  }

  /// Custom kinds have no merge keys.
  static let noStrategicMerge = unsupportedPatch(PatchFormat.accepted(hasSchema: false, subresource: nil))

  static func unsupportedPatch(_ accepted: [PatchFormat]) -> APIError {
    unsupportedMediaType(accepted.map(\.rawValue))
  }

  static func unsupportedMediaType(_ accepted: [String]) -> APIError {
    APIError(
      .unsupportedMediaType,
      "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", "))
  }
}
