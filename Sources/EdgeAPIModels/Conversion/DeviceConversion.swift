import EdgeJSON

/// Devices and device models between `devices.kubeedge.io/v1alpha2` and `v1beta1`, losing nothing.
///
/// Whatever the other form can say is translated. When that is not all, the whole original (without its metadata) goes
/// into the annotation ``annotation``; on the way back the original is restored, with only those members changed that
/// were changed meanwhile in the other form. So a client of either version sees its own objects unharmed.
///
/// KubeEdge itself serves both versions without a conversion; the mapping follows what its components read of each
/// (field by field in ``DeviceMapping`` and ``DeviceModelMapping``).
public enum DeviceConversion {
  public static let group = "devices.kubeedge.io"
  public static let storageVersion = "v1beta1"
  /// Holds what the version at hand cannot say.
  public static let annotation = "devices.kubeedge.io/conversion-data"

  /// Objects of other groups, and those already in the storage version, come back unchanged.
  public static func toStorage(_ object: UnstructuredObject) throws(ObjectError) -> UnstructuredObject {
    object.gvk.group == group ? try convert(object, to: storageVersion) : object
  }

  public static func fromStorage(
    _ object: UnstructuredObject, to version: String
  ) throws(ObjectError) -> UnstructuredObject {
    object.gvk.group == group ? try convert(object, to: version) : object
  }

  static func convert(_ object: UnstructuredObject, to version: String) throws(ObjectError) -> UnstructuredObject {
    let source = object.gvk.version
    if source == version { return object }
    let translation = try Translation(kind: object.kind, from: source, to: version)
    var content = object.content
    let kept = takeKept(from: &content)
    let body = body(of: content)
    var translated = translation.forward(body)
    if let kept, kept.version == version {
      let known = translation.forward(translation.backward(kept.body))
      translated = KeyedMerge.merge(original: kept.body, base: known, changed: translated)
    }
    var result = JSONObject()
    result["apiVersion"] = .string("\(group)/\(version)")
    result["kind"] = content["kind"]
    result["metadata"] = content["metadata"]
    for (key, value) in translated { result[key] = value }
    if translation.backward(translated) != body { keep(body, version: source, in: &result) }
    return try UnstructuredObject(content: result)
  }

  /// Everything but type and metadata.
  private static func body(of content: JSONObject) -> JSONObject {
    var body = content
    for key in ["apiVersion", "kind", "metadata"] { body[key] = nil }
    return body
  }

  private static func keep(_ body: JSONObject, version: String, in content: inout JSONObject) {
    let data: JSONValue = ["version": .string(version), "content": .object(body)]
    content[path: ["metadata", "annotations", annotation]] = .string(data.text)
  }

  /// Damaged data counts as none: the translation alone is then the best there is.
  private static func takeKept(from content: inout JSONObject) -> (version: String, body: JSONObject)? {
    let path = ["metadata", "annotations", annotation]
    guard let text = content[path: path]?.stringValue else { return nil }
    content[path: path] = nil
    if content[path: ["metadata", "annotations"]]?.objectValue?.isEmpty == true {
      content[path: ["metadata", "annotations"]] = nil
    }
    guard let data = try? JSONValue(parsing: text), let version = data["version"]?.stringValue,
      let body = data["content"]?.objectValue
    else { return nil }
    return (version, body)
  }
}

/// The pair of functions that translate one kind between its two versions.
private struct Translation {
  let forward: (JSONObject) -> JSONObject
  let backward: (JSONObject) -> JSONObject

  init(kind: String, from source: String, to target: String) throws(ObjectError) {
    let up: (JSONObject) -> JSONObject
    let down: (JSONObject) -> JSONObject
    switch kind {
    case "Device": (up, down) = (DeviceMapping.toFlat, DeviceMapping.toNested)
    case "DeviceModel": (up, down) = (DeviceModelMapping.toFlat, DeviceModelMapping.toNested)
    default:
      throw ObjectError(
        code: .unsupportedVersion, field: "apiVersion", message: "kind \"\(kind)\" has no version \"\(target)\"")
    }
    switch (source, target) {
    case ("v1alpha2", "v1beta1"): (forward, backward) = (up, down)
    case ("v1beta1", "v1alpha2"): (forward, backward) = (down, up)
    default:
      throw ObjectError(
        code: .unsupportedVersion, field: "apiVersion", message: "no conversion from \"\(source)\" to \"\(target)\"")
    }
  }
}
