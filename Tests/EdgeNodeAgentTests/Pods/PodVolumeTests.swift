import EdgeAPIModels
import EdgeJSON
import Testing

@testable import EdgeNodeAgent

@Suite("PodVolume") struct PodVolumeTests {
  private func resolve(_ volume: JSONValue, token: [UInt8]? = nil) throws -> PodVolume {
    var pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "default")
    pod.metadata.uid = "u-1"
    pod.metadata.labels = ["app": "web", "tier": "a\"b"]
    var named = volume
    named["name"] = "v"
    pod["spec"] = ["volumes": [named], "serviceAccountName": "runner"]
    return try VolumeResolver(
      pod: pod, field: PodField(pod: pod, podIP: "10.1.1.1", hostIP: "10.0.0.1"),
      object: { kind, name in
        var object = UnstructuredObject(apiVersion: "v1", kind: kind, name: name, namespace: "default")
        switch (kind, name) {
        case ("ConfigMap", "settings"): (object["data"], object["binaryData"]) = (["a.conf": "x=1"], ["raw": "AP8="])
        case ("Secret", "keys"): object["data"] = ["password": "cGEkJHdvcmQ="]
        default: return nil
        }
        return object
      },
      token: { demand, volume, path in
        #expect(demand.serviceAccount == "runner" && demand.podUID == "u-1" && volume == "v" && path == "token")
        return token
      }
    ).resolve("v")
  }

  private func files(_ volume: PodVolume) -> [String: String] {
    guard case .files(let files, missing: []) = volume else { return ["?": "\(volume)"] }
    return files.reduce(into: [:]) { $0[$1.path] = String(decoding: $1.content, as: UTF8.self) }
  }

  @Test("ConfigMaps and Secrets become files, all keys or those that are named, with their modes")
  func objects() throws {
    guard case .files(let all, missing: []) = try resolve(["configMap": ["name": "settings"]]) else {
      Issue.record("no files")
      return
    }
    #expect(
      all == [
        VolumeFile(path: "a.conf", content: Array("x=1".utf8), mode: 0o644),
        VolumeFile(path: "raw", content: [0, 255], mode: 0o644),
      ])
    let items: JSONValue = [["key": "password", "path": "deep/pw", "mode": 256]]
    #expect(
      try resolve(["secret": ["secretName": "keys", "defaultMode": 288, "items": items]])
        == .files([VolumeFile(path: "deep/pw", content: Array("pa$$word".utf8), mode: 0o400)], missing: []))
  }

  @Test("what the API server mounts into every container: a token, its authority, the namespace")
  func credentials() throws {
    let volume: JSONValue = [
      "projected": [
        "sources": [
          ["serviceAccountToken": ["path": "token", "expirationSeconds": 3607]],
          ["configMap": ["name": "settings", "items": [["key": "a.conf", "path": "ca.crt"]]]],
          ["downwardAPI": ["items": [["path": "namespace", "fieldRef": ["fieldPath": "metadata.namespace"]]]]],
        ]
      ]
    ]
    #expect(
      files(try resolve(volume, token: Array("jwt".utf8)))
        == ["token": "jwt", "ca.crt": "x=1", "namespace": "default"])
    guard case .files(let rest, let missing) = try resolve(volume) else { return }
    #expect(rest.map(\.path) == ["ca.crt", "namespace"])
    #expect(missing == ["token of service account \"runner\" not there yet"])
  }

  @Test("labels are told one a line, quoted")
  func labels() throws {
    let volume: JSONValue = [
      "downwardAPI": ["items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]]
    ]
    #expect(files(try resolve(volume)) == ["labels": "app=\"web\"\ntier=\"a\\\"b\"\n"])
  }

  @Test("what is not there is said, unless the pod can do without")
  func missing() throws {
    #expect(
      try resolve(["configMap": ["name": "none"]]) == .files([], missing: ["configmap \"none\" not found"]))
    #expect(try resolve(["configMap": ["name": "none", "optional": true]]) == .files([], missing: []))
    #expect(
      try resolve(["secret": ["secretName": "keys", "items": [["key": "k", "path": "k"]]]])
        == .files([], missing: ["secret \"keys\" has no key \"k\""]))
  }

  @Test("directories of the pod and of the machine")
  func directories() throws {
    #expect(try resolve(["emptyDir": [:]]) == .emptyDirectory)
    #expect(
      try resolve(["hostPath": ["path": "/dev", "type": "DirectoryOrCreate"]]) == .hostPath("/dev", makes: true))
  }

  @Test(
    "what cannot be a volume here is refused with a reason",
    arguments: [
      ["persistentVolumeClaim": ["claimName": "c"]], ["hostPath": ["path": "/a/../b"]], ["hostPath": ["path": "a"]],
      ["configMap": ["name": "settings", "items": [["key": "a.conf", "path": "../x"]]]],
      ["configMap": ["name": "settings", "items": [["key": "a.conf", "path": "/x"]]]],
      ["downwardAPI": ["items": [["path": "x", "fieldRef": ["fieldPath": "spec.x"]]]]],
      ["projected": ["sources": [["clusterTrustBundle": ["path": "x"]]]]],
    ] as [JSONValue])
  func refusals(of volume: JSONValue) {
    #expect(throws: ContainerResolver.Refusal.self) { try resolve(volume) }
  }
}
