import EdgeAPIModels

/// The kinds that have typed models.
public enum KindCatalog {
  /// In the order of the schema files.
  public static var all: [any APIKind.Type] { generated }

  private static let byKind = Dictionary(generated.map { ($0.gvk, $0) }) { first, _ in first }

  /// The type of a kind, nil when it has none. ``SchemaObject`` reads those, and all others that the schema knows.
  public static func type(for gvk: GroupVersionKind) -> (any APIKind.Type)? { byKind[gvk] }
}
