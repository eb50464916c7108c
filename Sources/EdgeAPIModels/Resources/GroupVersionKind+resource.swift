extension GroupVersionKind {
  public var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }

  /// The names that a kind's resource probably has, for want of a catalogue. A guess by English spelling: it is wrong for
  /// `Gateway` ("gatewaies"). Source: `meta.UnsafeGuessKindToResource`.
  public var guessedResource: (plural: GroupVersionResource, singular: GroupVersionResource) {
    let singular = kind.lowercased()
    return (groupVersion.resource(Self.guessedPlural(of: singular)), groupVersion.resource(singular))
  }

  private static func guessedPlural(of singular: String) -> String {
    if singular.isEmpty || singular.hasSuffix("endpoints") { return singular }
    switch singular.utf8.last {
    case UInt8(ascii: "s"): return singular + "es"
    case UInt8(ascii: "y"): return singular.dropLast() + "ies"
    default: return singular + "s"
    }
  }
}
