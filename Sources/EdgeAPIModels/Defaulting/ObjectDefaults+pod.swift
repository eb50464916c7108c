import EdgeJSON

/// Source: `pkg/apis/core/v1/defaults.go` of Kubernetes.
extension ObjectDefaults {
  /// A pod itself has two more defaults than a template of pods: service links, and requests that follow the limits.
  static func pod(_ spec: inout JSONObject) {
    podSpec(&spec)
    spec.fill("enableServiceLinks", true)
    for list in ["containers", "initContainers"] {
      spec.changeEach(list) { container in
        container.change("resources") { resources in
          guard case .object(let limits)? = resources["limits"] else { return }
          resources.changeOrMake("requests") { requests in
            for (name, quantity) in limits { requests.fill(name, quantity) }
          }
        }
      }
    }
  }

  static func template(_ spec: inout JSONObject, _ key: String = "template") {
    spec.change(key) { $0.change("spec") { podSpec(&$0) } }
  }

  static func podSpec(_ spec: inout JSONObject) {
    spec.fillText("restartPolicy", "Always")
    spec.fill("terminationGracePeriodSeconds", 30)
    spec.fillText("dnsPolicy", "ClusterFirst")
    spec.fillText("schedulerName", "default-scheduler")
    spec.fill("securityContext", [:])
    let sharesNetwork = spec["hostNetwork"]?.boolValue == true
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      spec.changeEach(list) { container(&$0, sharesNetwork: sharesNetwork) }
    }
    spec.changeEach("volumes") { volume(&$0) }
  }

  private static func container(_ container: inout JSONObject, sharesNetwork: Bool) {
    if case .string(let image)? = container["image"] {
      container.fillText("imagePullPolicy", isLatest(image) ? "Always" : "IfNotPresent")
    }
    container.fillText("terminationMessagePath", "/dev/termination-log")
    container.fillText("terminationMessagePolicy", "File")
    container.fill("resources", [:])
    container.changeEach("ports") { port in
      port.fillText("protocol", "TCP")
      if sharesNetwork, let number = port["containerPort"] { port.fill("hostPort", number) }
    }
    container.changeEach("env") { variable in
      variable.change("valueFrom") { source in
        source.change("fieldRef") { $0.fillText("apiVersion", "v1") }
        source.change("resourceFieldRef") { $0.fill("divisor", "0") }
      }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
      container.change(probe) { probe in
        for (name, value) in [
          ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3),
        ]
          as [(String, JSONValue)]
        {
          // Zero stands for absent in these.
          if probe[name] == 0 { probe[name] = value }
          probe.fill(name, value)
        }
        handler(&probe)
      }
    }
    container.change("lifecycle") { lifecycle in
      for hook in ["postStart", "preStop"] { lifecycle.change(hook) { handler(&$0) } }
    }
  }

  private static func handler(_ handler: inout JSONObject) {
    handler.change("httpGet") { request in
      request.fillText("path", "/")
      request.fillText("scheme", "HTTP")
    }
    handler.change("grpc") { $0.fill("service", "") }
  }

  /// An image without a tag or digest means its latest one.
  private static func isLatest(_ image: String) -> Bool {
    if image.contains("@") { return false }
    let name = image.split(separator: "/").last ?? ""
    return !name.contains(":") || name.hasSuffix(":latest")
  }

  /// Octal 644.
  private static let fileMode: JSONValue = 420

  private static func volume(_ volume: inout JSONObject) {
    let sources = volume.filter { $0.key != "name" && !$0.value.isNull }
    if sources.isEmpty { volume["emptyDir"] = [:] }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
      volume.change(source) { $0.fill("defaultMode", fileMode) }
    }
    volume.change("downwardAPI") { downward(&$0) }
    volume.change("projected") { projected in
      projected.changeEach("sources") { source in
        source.change("downwardAPI") { downward(&$0) }
        source.change("serviceAccountToken") { $0.fill("expirationSeconds", 3600) }
      }
    }
    volume.change("hostPath") { $0.fill("type", "") }
    volume.change("iscsi") { $0.fillText("iscsiInterface", "default") }
    volume.change("ephemeral") { source in
      source.change("volumeClaimTemplate") { $0.change("spec") { $0.fillText("volumeMode", "Filesystem") } }
    }
  }

  private static func downward(_ source: inout JSONObject) {
    source.changeEach("items") { $0.change("fieldRef") { $0.fillText("apiVersion", "v1") } }
  }
}
