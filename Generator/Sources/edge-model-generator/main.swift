import EdgeAPIModels
import EdgeJSON
import Foundation

// edge-model-generator import DUMP.json RESOURCES.tsv SCHEMAS     makes schema files from a dump of client-go's scheme
// edge-model-generator emit SCHEMAS SOURCES                       makes Swift sources from the schema files
let usage = """
  usage: edge-model-generator import DUMP.json RESOURCES.tsv SCHEMA-FOLDER
         edge-model-generator emit SCHEMA-FOLDER SOURCES-FOLDER

  import  reads a reflection dump of Kubernetes' types and writes schema files
  emit    reads every *.schema file of a folder and writes the typed models and the tables of the dynamic tier
  """

do {
  let arguments = CommandLine.arguments.dropFirst()
  switch (arguments.first, arguments.count) {
  case ("import", 4):
    let paths = Array(arguments)
    let dump = try JSONValue(
      parsing: Array(Data(contentsOf: URL(filePath: paths[1]))), limits: JSONLimits(maximumBytes: 64 << 20))
    let resources = try String(contentsOf: URL(filePath: paths[2]), encoding: .utf8)
    for (name, text) in try KubernetesImport(dump: dump, resources: resources).files() {
      try GeneratedFile(path: "kubernetes-\(name).schema", text: text).write(in: paths[3])
    }
  case ("emit", 3):
    let paths = Array(arguments)
    try Emission(schemas: SchemaFolder.read(paths[1])).write(in: paths[2])
  case ("--help", _), ("-h", _): print(usage)
  default:
    FileHandle.standardError.write(Data((usage + "\n").utf8))
    exit(64)
  }
} catch {
  FileHandle.standardError.write(Data("edge-model-generator: \(error)\n".utf8))
  exit(1)
}
