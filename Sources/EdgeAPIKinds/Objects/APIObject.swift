import EdgeAPIModels

/// A kind whose objects have a name.
public protocol APIObject: APIKind {
  var metadata: MetaV1.ObjectMeta { get set }
}

/// A kind that is a list of others.
public protocol APIList: APIKind {
  var metadata: MetaV1.ListMeta { get set }
}
