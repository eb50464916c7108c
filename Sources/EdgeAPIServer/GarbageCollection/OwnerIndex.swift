import EdgeAPIModels
import EdgeStore

/// Which objects an owner has, kept in the store beside them: `/registry-owners/<owner's uid>/<object's path>`.
///
/// An entry is written and removed in the transaction that changes the object's owner references, so the index is never
/// wrong, and finding the dependents of a deleted object costs what there is to delete. The alternative, Kubernetes'
/// graph in memory, needs a process that watches everything.
enum OwnerIndex {
  typealias Operation = Transaction.Operation

  static let root = "/registry-owners/"
  /// A transaction takes 128 operations; nobody has that many owners.
  static let maximumOwners = 64

  static func range(uid: String) -> KeyRange { .prefix(StoreKey("\(root)\(uid)/")) }

  static func additions(_ object: UnstructuredObject, _ key: ObjectKey) -> [Operation] {
    owners(object).map { .put(entry($0, key), []) }
  }

  static func removals(_ object: UnstructuredObject, _ key: ObjectKey) -> [Operation] {
    owners(object).map { .delete(.key(entry($0, key))) }
  }

  static func changes(from old: UnstructuredObject, to new: UnstructuredObject, _ key: ObjectKey) -> [Operation] {
    let (before, after) = (Set(owners(old)), Set(owners(new)))
    if before == after { return [] }
    return after.subtracting(before).sorted().map { .put(entry($0, key), []) }
      + before.subtracting(after).sorted().map { .delete(.key(entry($0, key))) }
  }

  /// The dependent that an index key names; nil for keys of another form.
  static func dependent(of key: StoreKey, in catalog: ResourceCatalog) -> ObjectKey? {
    let text = String(decoding: key.bytes, as: UTF8.self)
    guard text.hasPrefix(root), let slash = text.dropFirst(root.count).firstIndex(of: "/") else { return nil }
    return RegistryKey.parse(text[text.index(after: slash)...], in: catalog)
  }

  private static func entry(_ uid: String, _ key: ObjectKey) -> StoreKey {
    StoreKey("\(root)\(uid)/\(RegistryKey.path(key))")
  }

  /// Uids without a slash: one with a slash is none of ours, and could pretend to be a path.
  private static func owners(_ object: UnstructuredObject) -> [String] {
    var seen: Set<String> = []
    return object.metadata.ownerReferences.map(\.uid)
      .filter { !$0.isEmpty && !$0.contains("/") && seen.insert($0).inserted }
  }
}
