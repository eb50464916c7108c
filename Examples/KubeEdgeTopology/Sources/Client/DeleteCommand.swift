#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIModelsYAML

struct DeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete objects.")

  @Argument(help: "Kind, for instance device, pods or deploy.")
  var kind: String?
  @Argument(help: "Names.")
  var names: [String] = []
  @Option(
    name: [.short, .customLong("filename")],
    help: ArgumentHelp("Delete what these manifests name (repeatable).", valueName: "path"))
  var filename: [String] = []
  @Option(name: .shortAndLong, help: "Namespace.")
  var namespace = "default"
  @Option(help: "Seconds that a pod gets to end; 0 removes the object without waiting for its node.")
  var gracePeriod: Int64?
  @Flag(help: "Succeed when an object does not exist.")
  var ignoreNotFound = false
  @OptionGroup var options: ClientOptions

  func validate() throws {
    guard (kind == nil) != filename.isEmpty else { throw ValidationError("name a kind and objects, or a file with -f") }
    if kind != nil && names.isEmpty { throw ValidationError("name the objects to delete") }
  }

  func run() async throws {
    let client = try options.client()
    var keys: [ObjectKey] = []
    if let kind {
      let type = try resourceType(kind, client.catalog)
      keys = names.map {
        ObjectKey(resource: type.groupResource, namespace: type.isNamespaced ? namespace : nil, name: $0)
      }
    } else {
      for document in try ManifestFiles(paths: filename).documents {
        var object = document.object
        let isNamespaced = client.catalog.type(for: object.gvk)?.isNamespaced == true
        if isNamespaced && object.metadata.namespace == nil { object.metadata.namespace = namespace }
        keys.append(try object.key(in: client.catalog))
      }
    }
    for key in keys {
      do throws(KubeClientError) {
        let remaining = try await client.delete(key, gracePeriodSeconds: gracePeriod)
        Terminal.print("\(key) \(remaining == nil ? "deleted" : "marked for deletion")")
      } catch {
        if error.code == .notFound && ignoreNotFound { continue }
        throw error
      }
    }
  }
}

func resourceType(_ word: String, _ catalog: ResourceCatalog) throws -> ResourceType {
  guard let type = catalog.type(named: word) else {
    let known = Set(catalog.all.map(\.singular)).sorted().joined(separator: ", ")
    throw ValidationError("unknown kind \"\(word)\"; known are \(known)")
  }
  return type
}
#endif
