import EdgeAPIModels

/// A rule of the cluster that may change or refuse a write, after defaults and before validation.
///
/// Steps run in the order given to the registry; each sees the object as the one before left it.
public protocol AdmissionStep: Sendable {
  /// - Returns: the object to go on with; what comes back for a deletion is not used.
  /// - Throws: the refusal, best ``APIError/forbidden(_:_:)`` or ``APIError/invalid(_:name:_:)``.
  func admit(_ request: AdmissionRequest) async throws(APIError) -> UnstructuredObject
}

/// A write that waits for admission. Objects are in the storage version.
public struct AdmissionRequest: Sendable {
  public enum Operation: Hashable, Sendable {
    case create, update, delete
  }

  public let operation: Operation
  public let key: ObjectKey
  public let subresource: Subresource?
  /// The object as it would be written; for a deletion as it stands.
  public let object: UnstructuredObject
  /// The object as it stands; nil on create.
  public let current: UnstructuredObject?
}

/// A part of an object that has its own endpoint.
public enum Subresource: String, Hashable, Sendable {
  case status
}
