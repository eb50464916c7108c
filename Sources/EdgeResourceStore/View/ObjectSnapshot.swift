import EdgeAPIModels
import EdgeStore

/// The objects of a resource at one version. It never changes; taking it costs O(1), whatever it holds.
public struct ObjectSnapshot<Object: Sendable>: Sendable {
  /// The state that is shown; nil when nothing was listed yet.
  public internal(set) var version: ResourceVersion?
  /// What cannot be read, by key. Those of them that could be read once are also among the objects, as they were then.
  public internal(set) var unreadable: [ObjectKey: UnreadableObject] = [:]
  var items = OrderedMap<ObjectKey, ResourceItem<Object>>()
  var indexes: [String: OrderedMap<IndexEntry, ResourceItem<Object>>] = [:]

  struct IndexEntry: Comparable, Sendable {
    let value: String
    let key: ObjectKey

    static func < (left: IndexEntry, right: IndexEntry) -> Bool {
      left.value == right.value ? left.key < right.key : left.value < right.value
    }
  }

  public var count: Int { items.count }

  /// O(log n)
  public subscript(key: ObjectKey) -> ResourceItem<Object>? { items[key] }

  /// The objects in order of namespace and name, of one namespace or all; the cost follows the answer.
  public func objects(namespace: String? = nil) -> [ResourceItem<Object>] {
    guard let first = items.first?.key else { return [] }
    var found: [ResourceItem<Object>] = []
    for (key, item) in items.elements(from: ObjectKey(resource: first.resource, namespace: namespace, name: "")) {
      if let namespace, key.namespace != namespace { break }
      found.append(item)
    }
    return found
  }

  /// The objects that an index has under a value, in order of namespace and name; the cost follows the answer. Empty for an
  /// index that the view does not have.
  public func objects(_ index: ObjectIndex<Object>, _ value: String) -> [ResourceItem<Object>] {
    guard let entries = indexes[index.name], let first = items.first?.key else { return [] }
    let start = IndexEntry(value: value, key: ObjectKey(resource: first.resource, namespace: nil, name: ""))
    var found: [ResourceItem<Object>] = []
    for (entry, item) in entries.elements(from: start) {
      if entry.value != value { break }
      found.append(item)
    }
    return found
  }
}
