#if Networking && SQLite && YAML
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON

/// Manifests named on the command line: a file, the files of a directory, or standard input.
struct ManifestFiles {
  /// Everything that is wrong with the manifests, so that it can be mended in one go.
  struct Problems: Error, CustomStringConvertible {
    let lines: [String]
    var description: String { lines.joined(separator: "\n") }
  }

  let documents: [ManifestDocument]

  /// Reads and checks all manifests. Nothing may be done with any of them when one is wrong.
  init(paths: [String], catalog: ResourceCatalog = .standard) throws {
    var documents: [ManifestDocument] = []
    var problems: [String] = []
    for path in try paths.flatMap(Self.files) {
      let text = String(decoding: try Terminal.read(path), as: UTF8.self)
      do throws(ManifestError) {
        documents += try KubernetesYAML.manifests(in: text, source: path == "-" ? "standard input" : path)
      } catch {
        problems.append("\(error)")
      }
    }
    for document in documents { problems += Self.problems(of: document, catalog) }
    guard problems.isEmpty else { throw Problems(lines: problems) }
    guard !documents.isEmpty else { throw Problems(lines: ["no objects in \(paths.joined(separator: ", "))"]) }
    self.documents = documents
  }

  private static func problems(of document: ManifestDocument, _ catalog: ResourceCatalog) -> [String] {
    let object = document.object
    let place = "\(document.source):\(document.line)"
    guard let type = catalog.type(for: object.gvk) else {
      return ["\(place): unknown kind \"\(object.kind)\" in version \"\(object.apiVersion)\""]
    }
    var complete = object
    if type.isNamespaced && complete.metadata.namespace == nil { complete.metadata.namespace = "default" }
    ObjectDefaults.apply(to: &complete)
    return ObjectValidation.validate(complete).map {
      "\(place): \(object.kind) \"\(object.metadata.name ?? "")\": \($0)"
    }
  }

  private static func files(_ path: String) throws -> [String] {
    guard path != "-", let names = Terminal.entries(of: path) else { return [path] }
    let manifests = names.filter { name in [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }
    guard !manifests.isEmpty else { throw Problems(lines: ["\(path): no .yaml, .yml or .json files"]) }
    return manifests.map { "\(path)/\($0)" }
  }
}
#endif
