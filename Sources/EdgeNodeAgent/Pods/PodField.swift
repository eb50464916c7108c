import EdgeAPIModels
import EdgeJSON

/// Fields of a pod that its containers may be told (the downward API): in variables of the environment and in files.
struct PodField {
  let pod: UnstructuredObject
  let podIP: String
  let hostIP: String

  /// The field as an environment variable takes it; nil when there is none of that name.
  func value(_ path: String) -> String? {
    switch path {
    case "status.podIP", "status.podIPs": return podIP
    case "status.hostIP", "status.hostIPs": return hostIP
    case "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName":
      return JSONValue.object(pod.content)[path: path.split(separator: ".").map(String.init)]?.stringValue ?? ""
    default: break
    }
    if let key = mapKey(path, "metadata.labels") { return pod.metadata.labels[key] ?? "" }
    if let key = mapKey(path, "metadata.annotations") { return pod.metadata.annotations[key] ?? "" }
    return nil
  }

  /// The field as a file takes it: all labels or annotations, too, one `key="value"` a line.
  func fileContent(_ path: String) -> String? {
    switch path {
    case "metadata.labels": lines(pod.metadata.labels)
    case "metadata.annotations": lines(pod.metadata.annotations)
    default: value(path)
    }
  }

  private func lines(_ map: [String: String]) -> String {
    map.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONValue.string($0.value).text)\n" }.joined()
  }

  private func mapKey(_ path: String, _ map: String) -> String? {
    guard path.hasPrefix(map + "['"), path.hasSuffix("']") else { return nil }
    return String(path.dropFirst(map.count + 2).dropLast(2))
  }
}
