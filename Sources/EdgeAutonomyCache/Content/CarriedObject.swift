import EdgeAPIModels
import EdgeJSON

extension UnstructuredObject {
  /// Reads an object that a KubeEdge message carries.
  ///
  /// Go's typed clients drop `kind` and `apiVersion` of what they have read, so a CloudCore sends its Pods and an EdgeCore
  /// its Node, Lease and Events without them (seen in captured messages). There the resource of the message says what
  /// it is; where the content says so itself, its word counts.
  /// - Throws: ``ObjectError`` as ``init(parsing:)``.
  public init(carried bytes: [UInt8], as type: ResourceType) throws(ObjectError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw ObjectError(code: .malformed, message: "invalid JSON: \(error)", cause: error)
    }
    try self.init(carried: value, as: type)
  }

  /// As ``init(carried:as:)-(_,ResourceType)``, of what was parsed before.
  public init(carried value: JSONValue, as type: ResourceType) throws(ObjectError) {
    guard case .object(var content) = value else {
      throw ObjectError(code: .malformed, message: "the JSON value is not an object")
    }
    if Self.isUnsaid(content["kind"]), Self.isUnsaid(content["apiVersion"]) {
      content["kind"] = .string(type.gvk.kind)
      content["apiVersion"] = .string(type.gvk.apiVersion)
    }
    try self.init(content: content)
  }

  private static func isUnsaid(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null, "": true
    default: false
    }
  }
}
