import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

/// What one volume of a pod consists of.
enum PodVolume: Hashable {
  /// Files made from what the cloud told. `missing` says what of it is not here (yet).
  case files([VolumeFile], missing: [String])
  case emptyDirectory
  /// `makes` when a directory is to be made where there is nothing.
  case hostPath(String, makes: Bool)
}

struct VolumeFile: Hashable {
  /// Relative to the volume's root.
  var path: String
  var content: [UInt8]
  var mode: UInt32
}

/// Turns a volume of a pod into its content. Pure: what it needs of other objects is handed in.
struct VolumeResolver {
  typealias Refusal = ContainerResolver.Refusal

  let pod: UnstructuredObject
  let field: PodField
  /// ConfigMaps and Secrets of the pod's namespace.
  let object: (_ kind: String, _ name: String) -> UnstructuredObject?
  /// The token for a file of a volume; nil while there is none.
  let token: (TokenDemand, _ volume: String, _ path: String) -> [UInt8]?

  func resolve(_ name: String) throws(Refusal) -> PodVolume {
    guard let volume = pod["spec", "volumes"]?.arrayValue?.first(where: { $0["name"]?.stringValue == name }) else {
      throw refusal(name, "the pod has no such volume")
    }
    if let path = volume["hostPath"]?["path"]?.stringValue {
      guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw refusal(name, "hostPath \"\(path)\" is no absolute path")
      }
      return .hostPath(path, makes: volume["hostPath"]?["type"]?.stringValue == "DirectoryOrCreate")
    }
    if volume["emptyDir"] != nil { return .emptyDirectory }
    var files = Files()
    if let source = volume["configMap"] {
      try add(source, kind: "ConfigMap", name: source["name"], to: &files, name, mode: mode(source))
    } else if let source = volume["secret"] {
      try add(source, kind: "Secret", name: source["secretName"], to: &files, name, mode: mode(source))
    } else if let source = volume["downwardAPI"] {
      try addFields(source, to: &files, name, mode: mode(source))
    } else if let projected = volume["projected"] {
      for source in projected["sources"]?.arrayValue ?? [] {
        try add(projected: source, to: &files, name, mode: mode(projected))
      }
    } else {
      let kinds = volume.objectValue?.map(\.key).filter { $0 != "name" }.joined() ?? ""
      throw refusal(name, "volumes of kind \(kinds) are not supported by the process runtime")
    }
    return .files(files.byPath.values.sorted { $0.path < $1.path }, missing: files.missing)
  }

  private struct Files {
    var byPath: [String: VolumeFile] = [:]
    var missing: [String] = []
  }

  private func add(
    projected source: JSONValue, to files: inout Files, _ volume: String, mode: UInt32
  ) throws(Refusal) {
    if let source = source["configMap"] {
      try add(source, kind: "ConfigMap", name: source["name"], to: &files, volume, mode: mode)
    } else if let source = source["secret"] {
      try add(source, kind: "Secret", name: source["name"], to: &files, volume, mode: mode)
    } else if let source = source["downwardAPI"] {
      try addFields(source, to: &files, volume, mode: mode)
    } else if let source = source["serviceAccountToken"] {
      let demand = TokenDemand(source, pod: pod)
      // Whoever reads a token can be the pod: its file is for the pod's own user.
      if let token = token(demand, volume, source["path"]?.stringValue ?? "") {
        try add(source["path"], token, 0o600, to: &files, volume)
      } else {
        files.missing.append("token of service account \"\(demand.serviceAccount)\" not there yet")
      }
    } else {
      throw refusal(volume, "a projected source is of a kind that is not supported")
    }
  }

  /// A ConfigMap or Secret, all of its keys or those of `items`.
  private func add(
    _ source: JSONValue, kind: String, name: JSONValue?, to files: inout Files, _ volume: String, mode: UInt32
  ) throws(Refusal) {
    let name = name?.stringValue ?? ""
    let isOptional = source["optional"]?.boolValue == true
    guard let object = object(kind, name) else {
      if !isOptional { files.missing.append("\(kind.lowercased()) \"\(name)\" not found") }
      return
    }
    let data = object.fileData
    guard let items = source["items"]?.arrayValue else {
      for (key, content) in data { try add(.string(key), content, mode, to: &files, volume) }
      return
    }
    for item in items {
      let key = item["key"]?.stringValue ?? ""
      if let content = data[key] {
        try add(item["path"], content, self.mode(item, "mode", mode), to: &files, volume)
      } else if !isOptional {
        files.missing.append("\(kind.lowercased()) \"\(name)\" has no key \"\(key)\"")
      }
    }
  }

  private func addFields(_ source: JSONValue, to files: inout Files, _ volume: String, mode: UInt32) throws(Refusal) {
    for item in source["items"]?.arrayValue ?? [] {
      let path = item["fieldRef"]?["fieldPath"]?.stringValue ?? ""
      guard let content = field.fileContent(path) else {
        throw refusal(volume, "field path \"\(path)\" is not supported in a volume")
      }
      try add(item["path"], Array(content.utf8), self.mode(item, "mode", mode), to: &files, volume)
    }
  }

  private func add(
    _ path: JSONValue?, _ content: [UInt8], _ mode: UInt32, to files: inout Files, _ volume: String
  ) throws(Refusal) {
    let path = path?.stringValue ?? ""
    let steps = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !path.isEmpty, steps.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.hasPrefix("..") }) else {
      throw refusal(volume, "\"\(path)\" is no path within a volume")
    }
    files.byPath[path] = VolumeFile(path: path, content: content, mode: mode)
  }

  private func mode(_ source: JSONValue, _ member: String = "defaultMode", _ fallback: UInt32 = 0o644) -> UInt32 {
    source[member]?.integerValue.flatMap { UInt32(exactly: $0) }.map { $0 & 0o777 } ?? fallback
  }

  private func refusal(_ volume: String, _ why: String) -> Refusal {
    Refusal(PodMachine.configurationError, "volume \(volume): \(why)")
  }
}

extension UnstructuredObject {
  /// The content of a ConfigMap or Secret, by key.
  fileprivate var fileData: [String: [UInt8]] {
    var data: [String: [UInt8]] = [:]
    for (key, value) in self["data"]?.objectValue ?? JSONObject() {
      guard let text = value.stringValue else { continue }
      data[key] = kind == "Secret" ? Base64.decode(text) : Array(text.utf8)
    }
    for (key, value) in self["binaryData"]?.objectValue ?? JSONObject() {
      data[key] = value.stringValue.flatMap { Base64.decode($0) }
    }
    return data
  }
}
