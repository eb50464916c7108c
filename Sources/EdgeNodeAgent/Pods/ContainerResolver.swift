import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

/// Turns a container of a pod into a process: command, arguments, environment.
///
/// Pure: what it needs of the node and of other objects is handed in. A container that cannot run here gets a reason in
/// the words of the kubelet where it has some.
struct ContainerResolver {
  /// Finds the executable for a command's first word; nil when there is none.
  var findExecutable: (_ command: String, _ path: String) -> String?
  /// ConfigMaps and Secrets of the pod's namespace.
  var object: (_ kind: String, _ name: String) -> UnstructuredObject?
  /// Environment that every container gets: service addresses, PATH.
  var baseEnvironment: [String: String]

  struct Command: Hashable {
    var executable: String
    var arguments: [String]
    var environment: [String: String]
    var workingDirectory: String?
    var mounts: [VolumeMount] = []
  }

  struct Refusal: Error, Hashable {
    var reason: PodMachine.WaitingReason

    init(_ reason: String, _ message: String) {
      self.reason = PodMachine.WaitingReason(reason: reason, message: message)
    }
  }

  /// The image exists nowhere as a process on this machine.
  static let imageNotRunnable = "ImageNotRunnable"

  func resolve(_ container: JSONValue, of pod: UnstructuredObject, podIP: String, hostIP: String) throws(Refusal)
    -> Command
  {
    let mounts = try (container["volumeMounts"]?.arrayValue ?? []).map(VolumeMount.init)
    let image = container["image"]?.stringValue ?? ""
    let command = strings(container["command"])
    guard !command.isEmpty else {
      throw Refusal(
        Self.imageNotRunnable,
        "image \"\(image)\" is not runnable here: the process runtime runs commands of this machine, and the container "
          + "names no command")
    }
    let environment = try environment(of: container, pod: pod, podIP: podIP, hostIP: hostIP)
    let words = command.map { Self.expand($0, environment) }
    guard let executable = findExecutable(words[0], environment["PATH"] ?? "") else {
      throw Refusal(
        Self.imageNotRunnable,
        "image \"\(image)\" is not runnable here: no executable \"\(words[0])\" on this machine")
    }
    return Command(
      executable: executable,
      arguments: words.dropFirst() + strings(container["args"]).map { Self.expand($0, environment) },
      environment: environment, workingDirectory: container["workingDir"]?.stringValue, mounts: mounts)
  }

  private func environment(of container: JSONValue, pod: UnstructuredObject, podIP: String, hostIP: String)
    throws(Refusal) -> [String: String]
  {
    var environment = baseEnvironment
    for source in container["envFrom"]?.arrayValue ?? [] {
      let prefix = source["prefix"]?.stringValue ?? ""
      for (member, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
        guard let reference = source[member], let name = reference["name"]?.stringValue else { continue }
        guard let object = object(kind, name) else {
          if reference["optional"]?.boolValue == true { continue }
          throw Refusal(PodMachine.configurationError, "\(kind.lowercased()) \"\(name)\" not found")
        }
        for (key, value) in data(of: object) { environment[prefix + key] = value }
      }
    }
    for entry in container["env"]?.arrayValue ?? [] {
      guard let name = entry["name"]?.stringValue else { continue }
      if let value = entry["value"]?.stringValue {
        environment[name] = Self.expand(value, environment)
      } else if let source = entry["valueFrom"] {
        environment[name] = try value(from: source, pod: pod, podIP: podIP, hostIP: hostIP)
      } else {
        environment[name] = ""
      }
    }
    return environment
  }

  private func value(from source: JSONValue, pod: UnstructuredObject, podIP: String, hostIP: String) throws(Refusal)
    -> String?
  {
    if let path = source["fieldRef"]?["fieldPath"]?.stringValue {
      guard let value = PodField(pod: pod, podIP: podIP, hostIP: hostIP).value(path) else {
        throw Refusal(
          PodMachine.configurationError, "field path \"\(path)\" is not supported in an environment variable")
      }
      return value
    }
    for (member, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
      guard let reference = source[member], let name = reference["name"]?.stringValue,
        let key = reference["key"]?.stringValue
      else { continue }
      let isOptional = reference["optional"]?.boolValue == true
      guard let object = object(kind, name) else {
        if isOptional { return nil }
        throw Refusal(PodMachine.configurationError, "\(kind.lowercased()) \"\(name)\" not found")
      }
      guard let value = data(of: object)[key] else {
        if isOptional { return nil }
        throw Refusal(
          PodMachine.configurationError,
          "couldn't find key \(key) in \(kind) \(pod.metadata.namespace ?? "default")/\(name)")
      }
      return value
    }
    throw Refusal(
      PodMachine.configurationError, "an environment variable's valueFrom names no source that this runtime knows")
  }

  private func data(of object: UnstructuredObject) -> [String: String] {
    var data: [String: String] = [:]
    for (key, value) in object["data"]?.objectValue ?? JSONObject() {
      guard let text = value.stringValue else { continue }
      data[key] = object.kind == "Secret" ? Base64.decode(text).map { String(decoding: $0, as: UTF8.self) } ?? "" : text
    }
    return data
  }

  private func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

  /// `$(NAME)` becomes the variable's value, `$$` a dollar sign; an unknown name stays as it is written.
  static func expand(_ text: String, _ environment: [String: String]) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        result += environment[name] ?? "$(\(name))"
        rest = rest[rest.index(after: end)...]
      } else {
        result += "$"
      }
    }
    return result + rest
  }
}
