import EdgeAPIModels

/// The objects that a list or a watch is about: a namespace and two selectors.
struct Selection: Sendable {
  private let namespace: String?
  private let labels: LabelSelector?
  private let fields: FieldSelector?

  init(_ options: ListOptions) {
    namespace = options.namespace
    labels = options.labelSelector
    fields = options.fieldSelector
  }

  init(_ options: WatchOptions) {
    namespace = options.namespace
    labels = options.labelSelector
    fields = options.fieldSelector
  }

  /// Whether no selector filters what the key range holds.
  var isAll: Bool { labels == nil && fields == nil }

  func matches(_ object: UnstructuredObject) -> Bool {
    if let namespace, let own = object.metadata.namespace, own != namespace { return false }
    if let labels, !labels.matches(object.metadata.labels) { return false }
    if let fields, !fields.matches(object) { return false }
    return true
  }
}
