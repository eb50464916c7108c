import EdgeJSON

/// Kubernetes' strategic merge patch: a merge patch that merges lists by the merge keys of a schema and takes
/// instructions: `$patch`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`.
///
/// ```swift
/// let patched = try StrategicMergePatch.apply(
///   ["spec": ["containers": [["name": "app", "image": "app:2"]]]], to: pod, schema: podSchema)
/// ```
///
/// Behaves as `k8s.io/apimachinery/pkg/util/strategicpatch`, list order included; what crashes there (a null in a merged
/// list, an object as merge key) is an error here. Where upstream's result depends on the random order of Go's maps, the
/// order of the patch decides. A null document or patch counts as an empty object, as when Go decodes it.
///
/// Time is linear in the patch and in the lists and objects that it touches (times the logarithm for sorting); what a
/// patch does not touch is neither walked nor copied. A type that nests itself `JSONLimits.greatestDepth` levels deep takes
/// under 1 MiB of stack in a release build and under 4 MiB in a debug build.
public enum StrategicMergePatch {
  /// What a three-way merge does about a field that the live object has changed otherwise since `original`.
  public enum Conflicts: Hashable, Sendable {
    /// `modified` wins, as in `kubectl apply`.
    case overwrite
    /// An error with code `conflict`.
    case refuse
  }

  /// - Parameter schema: of the object's type.
  public static func apply<Schema: PatchSchema>(
    _ patch: JSONValue, to document: JSONValue, schema: Schema
  ) throws(PatchError) -> JSONValue {
    var object = try object(document)
    let changes = try patchObject(patch)
    try StrategicMerge<Schema>(purpose: .apply).merge(changes, into: &object, schema)
    return .object(object)
  }

  /// The patch that makes `modified` out of `original`.
  ///
  /// Not exact where the format is not: lists with several elements of one merge key, and members that are null.
  public static func create<Schema: PatchSchema>(
    from original: JSONValue, to modified: JSONValue, schema: Schema
  ) throws(PatchError) -> JSONValue {
    let diff = StrategicDiff<Schema>(additions: true, deletions: true, ordersLists: true)
    return .object(try diff.patch(from: object(original), to: object(modified), schema))
  }

  /// The patch that takes the live object `current` to `modified`, and removes what `original` (the configuration that
  /// was applied before) has and `modified` has no more. Everything else in `current` stays.
  ///
  /// - Throws: with ``Conflicts/refuse`` `conflict`, when `current` differs from `original` in something that the patch
  ///   sets otherwise.
  public static func createThreeWay<Schema: PatchSchema>(
    original: JSONValue, modified: JSONValue, current: JSONValue, schema: Schema, conflicts: Conflicts = .overwrite
  ) throws(PatchError) -> JSONValue {
    let (original, modified, current) = (try object(original), try object(modified), try object(current))
    let delta = try StrategicDiff<Schema>(additions: true, deletions: false, ordersLists: true)
      .patch(from: current, to: modified, schema)
    var patch = try StrategicDiff<Schema>(additions: false, deletions: true, ordersLists: true)
      .patch(from: original, to: modified, schema)
    try StrategicMerge<Schema>(purpose: .combine).merge(delta, into: &patch, schema)
    if conflicts == .refuse {
      let changes = try StrategicDiff<Schema>(additions: true, deletions: true, ordersLists: false)
        .patch(from: original, to: current, schema)
      try StrategicConflicts<Schema>.check(patch, against: changes, schema)
    }
    return .object(patch)
  }

  private static func object(_ document: JSONValue) throws(PatchError) -> JSONObject {
    switch document {
    case .object(let object): return object
    case .null: return JSONObject()
    default: throw PatchError(.malformedDocument, "the document is not a JSON object")
    }
  }

  private static func patchObject(_ patch: JSONValue) throws(PatchError) -> JSONObject {
    switch patch {
    case .object(let object): return object
    case .null: return JSONObject()
    default: throw PatchError(.malformedPatch, "a strategic merge patch is a JSON object")
    }
  }
}
