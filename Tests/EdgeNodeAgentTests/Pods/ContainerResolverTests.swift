import EdgeAPIModels
import EdgeJSON
import Testing

@testable import EdgeNodeAgent

@Suite("ContainerResolver") struct ContainerResolverTests {
  private let resolver = ContainerResolver(
    findExecutable: { command, _ in command == "app" ? "/opt/app" : nil },
    object: { kind, name in
      var object = UnstructuredObject(apiVersion: "v1", kind: kind, name: name, namespace: "default")
      switch (kind, name) {
      case ("ConfigMap", "settings"): object["data"] = ["COLOR": "blue", "SIZE": "7"]
      case ("Secret", "keys"): object["data"] = ["PASSWORD": "cGEkJHdvcmQ="]
      default: return nil
      }
      return object
    },
    baseEnvironment: ["PATH": "/usr/bin", "HOST": "h"])

  private var pod: UnstructuredObject {
    var pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "default")
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

  @Test("mounts of volumes are told, and those for credentials are known")
  func mounts() throws {
    let mounts: JSONValue = [
      [
        "name": "kube-api-access-x7k2p", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
      ],
      ["name": "data", "mountPath": "/data", "subPath": "web"],
    ]
    let told = try resolve(["command": ["app"], "volumeMounts": mounts]).mounts
    #expect(told.map(\.volume) == ["kube-api-access-x7k2p", "data"])
    #expect(told.map(\.isForCredentials) == [true, false])
    #expect(told.map(\.isReadOnly) == [true, false])
    #expect(told.map(\.subPath) == ["", "web"])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let container: JSONValue
    let reason: String
    let words: String

    init(_ container: JSONValue, _ reason: String, _ words: String) {
      self.container = container
      self.reason = reason
      self.words = words
    }

    var testDescription: String { words }
  }

  private static let unreadableField: JSONValue = [
    "command": ["app"], "env": [["name": "K", "valueFrom": ["fieldRef": ["fieldPath": "spec.x"]]]],
  ]
  private static let escapingMount: JSONValue = [
    "command": ["app"], "volumeMounts": [["name": "data", "mountPath": "/data", "subPath": "../x"]],
  ]
  private static let missingKey: JSONValue = [
    "command": ["app"], "env": [["name": "K", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "missing"]]]],
  ]
  private static let missingConfigMap: JSONValue = [
    "command": ["app"], "envFrom": [["configMapRef": ["name": "none"]]],
  ]

  @Test(
    "what cannot run here is refused with a reason",
    arguments: [
      Case(["image": "nginx:1.27"], "ImageNotRunnable", "nginx:1.27"),
      Case(["image": "x", "command": ["no-such-program"]], "ImageNotRunnable", "no-such-program"),
      Case(missingConfigMap, "CreateContainerConfigError", "\"none\" not found"),
      Case(missingKey, "CreateContainerConfigError", "key missing"),
      Case(["command": ["app"], "volumeMounts": [["name": "data"]]], "CreateContainerConfigError", "volumeMount data"),
      Case(escapingMount, "CreateContainerConfigError", "may not leave"),
      Case(unreadableField, "CreateContainerConfigError", "spec.x"),
    ])
  func refusals(of refused: Case) {
    do {
      _ = try resolve(refused.container)
      Issue.record("it was not refused")
    } catch {
      #expect(error.reason.reason == refused.reason)
      #expect(error.reason.message.contains(refused.words))
    }
  }
}
