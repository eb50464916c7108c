import EdgeJSON
import EdgePrimitives

/// The metadata of an object: typed views of its JSON.
///
/// A member of the wrong type reads as absent. Setting nil (or an empty collection) removes the member.
public struct ObjectMeta: Sendable, Hashable {
  public var content: JSONObject

  public init(content: JSONObject = JSONObject()) { self.content = content }

  public var name: String? {
    get { self["name"] }
    set { self["name"] = newValue }
  }
  public var generateName: String? {
    get { self["generateName"] }
    set { self["generateName"] = newValue }
  }
  public var namespace: String? {
    get { self["namespace"] }
    set { self["namespace"] = newValue }
  }
  /// Opaque; it tells an object from a later one of the same name.
  public var uid: String? {
    get { self["uid"] }
    set { self["uid"] = newValue }
  }
  /// Opaque; equal means unchanged.
  public var resourceVersion: String? {
    get { self["resourceVersion"] }
    set { self["resourceVersion"] = newValue }
  }
  /// Counts the changes of what is wanted, not of what is observed.
  public var generation: Int64? {
    get { content["generation"]?.integerValue }
    set { content["generation"] = newValue.map { .integer($0) } }
  }
  public var deletionGracePeriodSeconds: Int64? {
    get { content["deletionGracePeriodSeconds"]?.integerValue }
    set { content["deletionGracePeriodSeconds"] = newValue.map { .integer($0) } }
  }
  /// Written with seconds, as metav1.Time is.
  public var creationTimestamp: Timestamp? {
    get { time("creationTimestamp") }
    set { self["creationTimestamp"] = newValue?.rfc3339 }
  }
  /// When set, the object is on its way out.
  public var deletionTimestamp: Timestamp? {
    get { time("deletionTimestamp") }
    set { self["deletionTimestamp"] = newValue?.rfc3339 }
  }
  public var labels: [String: String] {
    get { strings("labels") }
    set { setStrings("labels", newValue) }
  }
  public var annotations: [String: String] {
    get { strings("annotations") }
    set { setStrings("annotations", newValue) }
  }
  public var finalizers: [String] {
    get { content["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    set { content["finalizers"] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) }) }
  }
  /// Entries that are no complete references are left out when reading.
  public var ownerReferences: [OwnerReference] {
    get { content["ownerReferences"]?.arrayValue?.compactMap(OwnerReference.init(json:)) ?? [] }
    set { content["ownerReferences"] = newValue.isEmpty ? nil : .array(newValue.map(\.json)) }
  }

  private subscript(name: String) -> String? {
    get { content[name]?.stringValue }
    set { content[name] = newValue.map { .string($0) } }
  }

  private func time(_ name: String) -> Timestamp? { self[name].flatMap { Timestamp(rfc3339: $0) } }

  private func strings(_ name: String) -> [String: String] {
    guard let members = content[name]?.objectValue else { return [:] }
    var strings: [String: String] = [:]
    for (key, value) in members { strings[key] = value.stringValue }
    return strings
  }

  private mutating func setStrings(_ name: String, _ strings: [String: String]) {
    // Keys are sorted: a dictionary's own order changes from run to run, and equal objects should give equal bytes.
    let members = strings.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    content[name] = members.isEmpty ? nil : .object(JSONObject(members))
  }
}
