import EdgeAPIModels

/// Everything that is made from the schema files.
struct Emission {
  private let schemas: [(name: String, text: String)]
  private let packages: [SchemaText.Package]

  init(schemas: [(name: String, text: String)]) throws {
    self.schemas = schemas
    do {
      packages = try SchemaText(parsing: schemas.map(\.text).joined(separator: "\n")).packages
    } catch {
      throw GeneratorError("\(error)")
    }
  }

  func write(in folder: String) throws {
    try checkReferences()
    for (name, text) in schemas { try SchemaData(name: name, text: text).file.write(in: folder) }
    try SchemaData.index(of: schemas.map(\.name)).write(in: folder)
    let typed = packages.filter { TypedPackages.contains($0.id) }
    let model = TypedModel(packages: typed)
    for package in typed {
      for file in try PackageSources(package: package, model: model).files { try file.write(in: folder) }
    }
  }

  /// A type that nobody declares would only show when the sources are compiled, far from its cause.
  private func checkReferences() throws {
    var known: Set<String> = HandWritten.types
    for package in packages { for type in package.types { known.insert("\(package.id).\(type.name)") } }
    for package in packages {
      for kind in package.kinds where !known.contains("\(package.id).\(kind.name)") {
        throw GeneratorError("kind \(kind.name) of \(package.id) has no type")
      }
      for type in package.types {
        for field in type.fields {
          if let name = field.type.objectName, !known.contains(name) {
            throw GeneratorError("\(package.id).\(type.name).\(field.name) has the unknown type \(name)")
          }
        }
      }
    }
  }
}

/// Types that have a form of their own in JSON and are written by hand.
enum HandWritten {
  static let types: Set<String> = [
    "apiextensions/v1.JSONSchemaPropsOrBool", "apiextensions/v1.JSONSchemaPropsOrArray",
    "apiextensions/v1.JSONSchemaPropsOrStringArray",
  ]
}

/// The packages that get typed models: stable Kubernetes versions, and all of the edge projects.
enum TypedPackages {
  private static let kubernetes: Set<String> = [
    "meta/v1", "core/v1", "apps/v1", "batch/v1", "autoscaling/v1", "autoscaling/v2", "discovery/v1", "networking/v1", "coordination/v1",
    "storage/v1", "rbac/v1", "policy/v1", "scheduling/v1", "node/v1", "events/v1", "certificates/v1",
    "apiextensions/v1", "authentication/v1", "authorization/v1", "apidiscovery/v2",
  ]
  private static let edge = [
    ".kubeedge.io/", "apps.openyurt.io/", "network.openyurt.io/", "raven.openyurt.io/", "sedna.io/", "meta.k8s.io/",
    "kubelet.config.k8s.io/v1beta1", "component-base/",
  ]

  static func contains(_ id: String) -> Bool {
    kubernetes.contains(id) || edge.contains { id.contains($0) }
  }
}
