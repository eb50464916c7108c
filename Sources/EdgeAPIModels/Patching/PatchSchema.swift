/// What a strategic merge must know about a type: how each field is merged, and the types of the fields.
///
/// A value stands for one object type. It is asked by (type, JSON field name) once for each object or list that a patch
/// changes, so the look-up should take constant time; scalars are not asked for. A final class with a table of its
/// fields is the usual conformance.
///
/// Source: `LookupPatchMeta` of `k8s.io/apimachinery/pkg/util/strategicpatch`. Names match exactly here; upstream falls
/// back to a match without case, which cannot occur in decoded API objects.
public protocol PatchSchema: Sendable {
  /// - Parameter name: the JSON name, embedded (inlined) fields included.
  /// - Returns: nil when the type has no such field.
  func patchField(named name: String) -> PatchField<Self>?
}

/// How one field is merged.
public struct PatchField<Schema: PatchSchema>: Sendable {
  /// The object type of the field, or of its elements when the field is a list; nil for scalars and free-form maps,
  /// below which nested objects and lists cannot be merged (upstream: "data type is not struct").
  public var schema: Schema?
  /// Whether the field may hold a JSON array: true for lists, and for pointers, as upstream does.
  public var isList: Bool
  public var strategy: PatchStrategy
  /// The member that identifies an element of a merged list of objects.
  public var mergeKey: String?

  public init(schema: Schema?, isList: Bool = false, strategy: PatchStrategy = [], mergeKey: String? = nil) {
    self.schema = schema
    self.isList = isList
    self.strategy = strategy
    self.mergeKey = mergeKey
  }
}

/// The value of a `patchStrategy` tag; none means that objects are merged and lists replaced.
public struct PatchStrategy: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Lists are merged element by element.
  public static let merge = PatchStrategy(rawValue: 1)
  /// Objects are replaced whole.
  public static let replace = PatchStrategy(rawValue: 2)
  /// Patches say which members stay, so that setting one member of a union clears the others.
  public static let retainKeys = PatchStrategy(rawValue: 4)

  /// - Parameter names: as in the tag, separated: `["merge", "retainKeys"]`. Unknown names count for nothing.
  public init(names: some Sequence<String>) {
    self = []
    for name in names {
      switch name {
      case "merge": insert(.merge)
      case "replace": insert(.replace)
      case "retainKeys": insert(.retainKeys)
      default: break
      }
    }
  }
}

extension PatchSchema {
  /// The field of an object that is to be merged.
  static func objectField(_ name: String, of schema: Self?) throws(PatchError) -> PatchField<Self> {
    guard let field = schema?.patchField(named: name) else {
      throw PatchError(.unknownField, "the schema does not have the field, so it cannot be merged", path: name)
    }
    return field
  }

  /// The field of a list that is to be merged.
  static func listField(_ name: String, of schema: Self?) throws(PatchError) -> PatchField<Self> {
    let field = try objectField(name, of: schema)
    guard field.isList else {
      throw PatchError(.malformedPatch, "a list, but the schema says otherwise", path: name)
    }
    return field
  }
}
