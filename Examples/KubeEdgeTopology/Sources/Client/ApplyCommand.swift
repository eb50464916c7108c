#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIModelsYAML

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Create or change objects from manifests.",
    discussion: "All manifests are read and checked before the first one is sent; if one is wrong, nothing changes.")

  @Option(
    name: [.short, .customLong("filename")],
    help: ArgumentHelp("File, directory or - for standard input (repeatable).", valueName: "path"))
  var filename: [String]
  @OptionGroup var options: ClientOptions

  func run() async throws {
    let manifests = try ManifestFiles(paths: filename)
    let client = try options.client()
    for document in manifests.documents {
      var object = document.object
      let type = client.catalog.type(for: object.gvk)
      if type?.isNamespaced == true && object.metadata.namespace == nil { object.metadata.namespace = "default" }
      do throws(KubeClientError) {
        let result = try await client.apply(object)
        Terminal.print("\(describe(result.object)) \(result.outcome.rawValue)")
      } catch {
        throw ManifestFiles.Problems(lines: [
          "\(document.source):\(document.line): \(describe(object)): \(error.message)"
        ])
      }
    }
  }
}

/// `deployment.apps/edge-app`, as kubectl names objects in its answers.
func describe(_ object: UnstructuredObject) -> String {
  let group = object.gvk.group
  return "\(object.kind.lowercased())\(group.isEmpty ? "" : ".\(group)")/\(object.metadata.name ?? "")"
}
#endif
