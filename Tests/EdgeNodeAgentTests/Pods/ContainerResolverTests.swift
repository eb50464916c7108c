import EdgeAPIModels
import EdgeJSON
import Testing

@testable import EdgeNodeAgent

@Suite("ContainerResolver") struct ContainerResolverTests {
  private let resolver = ContainerResolver(
    findExecutable: { command, _ in command == "app" ? "/opt/app" : nil },
    object: { kind, name in
      var object = KubernetesObject(apiVersion: "v1", kind: kind, name: name, namespace: "default")
      switch (kind, name) {
      case ("ConfigMap", "settings"): object["data"] = ["COLOR": "blue", "SIZE": "7"]
      case ("Secret", "keys"): object["data"] = ["PASSWORD": "cGEkJHdvcmQ="]
      default: return nil
      }
      return object
    },
    baseEnvironment: ["PATH": "/usr/bin", "HOST": "h"])

  private var pod: KubernetesObject {
    var pod = KubernetesObject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "default")
    pod.metadata.uid = "u-1"
    pod.metadata.labels = ["app": "web"]
    pod["spec"] = ["nodeName": "n1"]
    return pod
  }

  private func resolve(_ container: JSONValue) throws(ContainerResolver.Refusal) -> ContainerResolver.Command {
    try resolver.resolve(container, of: pod, podIP: "10.1.1.1", hostIP: "10.0.0.1")
  }

  @Test("command, arguments and environment are expanded like Kubernetes expands them")
  func expansion() throws {
    let command = try resolve([
      "command": ["app", "--host=$(HOST)"], "args": ["$(ADDRESS):80", "$$(HOST)", "$(UNKNOWN)", "50%$"],
      "env": [["name": "PORT", "value": "80"], ["name": "ADDRESS", "value": "$(HOST).local:$(PORT)"]],
    ])
    #expect(command.executable == "/opt/app")
    #expect(command.arguments == ["--host=h", "h.local:80:80", "$(HOST)", "$(UNKNOWN)", "50%$"])
  }

  @Test("fields, ConfigMaps and Secrets reach the environment")
  func sources() throws {
    let command = try resolve([
      "command": ["app"],
      "envFrom": [["configMapRef": ["name": "settings"], "prefix": "S_"]],
      "env": [
        ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
        ["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
        ["name": "APP", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
        ["name": "COLOR", "valueFrom": ["configMapKeyRef": ["name": "settings", "key": "COLOR"]]],
        ["name": "PASSWORD", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "PASSWORD"]]],
        ["name": "MAYBE", "valueFrom": ["configMapKeyRef": ["name": "none", "key": "k", "optional": true]]],
      ],
    ])
    #expect(command.environment["IP"] == "10.1.1.1")
    #expect(command.environment["NODE"] == "n1")
    #expect(command.environment["APP"] == "web")
    #expect(command.environment["S_SIZE"] == "7")
    #expect(command.environment["COLOR"] == "blue")
    #expect(command.environment["PASSWORD"] == "pa$$word")
    #expect(command.environment["MAYBE"] == nil)
  }

  @Test(
    "what cannot run here is refused with a reason",
    arguments: [
      (["image": "nginx:1.27"] as JSONValue, "ImageNotRunnable", "nginx:1.27"),
      (["image": "x", "command": ["no-such-program"]], "ImageNotRunnable", "no-such-program"),
      (["command": ["app"], "envFrom": [["configMapRef": ["name": "none"]]]], "CreateContainerConfigError", "\"none\" not found"),
      (
        [
          "command": ["app"],
          "env": [["name": "K", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "missing"]]]],
        ], "CreateContainerConfigError", "key missing"
      ),
      (["command": ["app"], "volumeMounts": [["name": "data"]]], "CreateContainerConfigError", "volumeMount data"),
      (
        ["command": ["app"], "env": [["name": "K", "valueFrom": ["fieldRef": ["fieldPath": "spec.x"]]]]],
        "CreateContainerConfigError", "spec.x"
      ),
    ])
  func refusals(container: JSONValue, reason: String, words: String) {
    do {
      _ = try resolve(container)
      Issue.record("it was not refused")
    } catch {
      #expect(error.reason.reason == reason)
      #expect(error.reason.message.contains(words))
    }
  }
}
