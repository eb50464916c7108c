#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import EdgePrimitives

struct GetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "get", abstract: "Show objects.")

  enum Output: String, ExpressibleByArgument, CaseIterable {
    case table
    case wide
    case yaml
    case json
    case name
  }

  @Argument(help: "Kind, for instance pods, device, devicestatus or nodepool.")
  var kind: String
  @Argument(help: "Name; without it all objects of the kind.")
  var name: String?
  @Option(name: .shortAndLong, help: "Namespace.")
  var namespace = "default"
  @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
  var allNamespaces = false
  @Option(name: [.customShort("l"), .long], help: "Labels to select by, for instance app=edge-app.")
  var selector: String?
  @Option(name: .shortAndLong, help: "Form of the output: table, wide (more columns), yaml, json or name.")
  var output = Output.table
  @Option(help: "API version to read in, for instance v1alpha2; the stored one if not given.")
  var apiVersion: String?
  @OptionGroup var options: ClientOptions

  func run() async throws {
    let client = try options.client()
    let type = try resourceType(kind, client.catalog)
    if let name {
      let key = ObjectKey(resource: type.groupResource, namespace: type.isNamespaced ? namespace : nil, name: name)
      let object = try await client.get(key, version: apiVersion)
      show([object], JSONValue.object(object.content), type)
      return
    }
    let query = KubeClient.Query(
      namespace: type.isNamespaced && !allNamespaces ? namespace : nil,
      labelSelector: try selector.map { try LabelSelector(parsing: $0) }, version: apiVersion)
    let items = try await client.list(type.groupResource, query).items
    if items.isEmpty && [.table, .wide].contains(output) {
      Terminal.printError("No resources found\(query.namespace.map { " in \($0) namespace" } ?? "").")
      return
    }
    let list: JSONValue = [
      "apiVersion": "v1", "kind": "List", "items": .array(items.map { .object($0.content) }),
    ]
    show(items, list, type)
  }

  private func show(_ objects: [UnstructuredObject], _ document: JSONValue, _ type: ResourceType) {
    switch output {
    case .yaml: Terminal.print(KubernetesYAML.encode(document))
    case .json: Terminal.print(String(decoding: document.serialized(.pretty), as: UTF8.self))
    case .name: for object in objects { Terminal.print(describe(object)) }
    case .table, .wide:
      let kind = objects.first?.gvk ?? type.gvk
      let table = ResourceTable(objects, kind: kind, now: SystemWallClock().now())
      Terminal.print(table.text(output == .wide ? .wide : .narrow, showsNamespace: allNamespaces))
    }
  }
}
#endif
