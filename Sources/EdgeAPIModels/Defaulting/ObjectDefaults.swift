import EdgeJSON

/// Fills in what an author may leave out, with the defaults of Kubernetes, KubeEdge and OpenYurt.
///
/// Members that are present are left alone, also when they are wrong: saying so is ``ObjectValidation``'s part. A null
/// counts as absent. Applying the defaults twice changes nothing more.
///
/// Left to the server are values that have to be found rather than known: cluster addresses, node ports, service accounts,
/// generated names.
public enum ObjectDefaults {
  public static func apply(to object: inout UnstructuredObject) {
    let gvk = object.gvk
    if let type = ResourceCatalog.standard.type(for: gvk), type.isNamespaced,
      object["metadata", "namespace"] == nil || object["metadata", "namespace"] == ""
    {
      object["metadata", "namespace"] = "default"
    }
    switch gvk.group {
    case "": core(&object.content, gvk.kind)
    case "apps": workload(&object.content, gvk.kind)
    case "batch": batch(&object.content, gvk.kind)
    case "apps.openyurt.io": openYurt(&object.content, gvk)
    case "operations.kubeedge.io": operation(&object.content, gvk.kind)
    default: policy(&object.content, gvk)
    }
  }
}
