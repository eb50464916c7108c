import EdgeAPIModels

/// One object with what names it and which state of it this is.
public struct ResourceItem<Object: Sendable>: Sendable {
  public let key: ObjectKey
  public let version: ResourceVersion
  public let object: Object

  public init(key: ObjectKey, version: ResourceVersion, object: Object) {
    self.key = key
    self.version = version
    self.object = object
  }
}

extension ResourceItem: Equatable where Object: Equatable {}
