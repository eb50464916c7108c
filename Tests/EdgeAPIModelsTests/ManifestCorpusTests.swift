#if YAML
import EdgeJSON
import EdgeTestKit
import Testing

@testable import EdgeAPIModelsYAML

/// The YAML files of the KubeEdge and OpenYurt repositories: each gives its objects, or is named here with the reason.
@Suite("manifests of KubeEdge and OpenYurt")
struct ManifestCorpusTests {
  /// No YAML before a chart's engine has filled in what stands between `{{` and `}}`. Go refuses them too.
  static let templates: Set<String> = [
    "kubeedge/build/edgemark/hollow_edge_node_template.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/aggregation_rbac_cloudcore.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/configmap_cloudcore.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/daemonset_iptablesmanager.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/daemonset_mosquitto.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/deployment_admission.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/deployment_cloudcore.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/deployment_controllermanager.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/rbac_admission.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/rbac_cloudcore_feature.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/rbac_controllermanager.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/rbac_iptablesmanager.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/secret_cloudcore.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/service_admission.yaml",
    "kubeedge/manifests/charts/cloudcore/templates/service_cloudcore.yaml",
    "openyurt/charts/yurt-manager/templates/yurt-manager-auto-generated.yaml",
    "openyurt/charts/yurt-manager/templates/yurt-manager.yaml",
    "openyurt/charts/yurt-manager/templates/yurthub-cfg.yaml",
    "openyurt/charts/yurthub/templates/yurthub-cloud-yurtstaticset.yaml",
    "openyurt/charts/yurthub/templates/yurthub-yurtstaticset.yaml",
  ]

  /// YAML, but no objects of an API: settings of tools and programs, values of charts.
  static let settings: Set<String> = [
    "kubeedge/.golangci.yml",
    "kubeedge/build/conformance/kubernetes/edge_skip_case.yaml",
    "kubeedge/manifests/charts/cloudcore/Chart.yaml",
    "kubeedge/manifests/charts/cloudcore/values.yaml",
    "kubeedge/manifests/profiles/version.yaml",
    "kubeedge/staging/src/github.com/kubeedge/mapper-framework/_template/mapper/config.yaml",
    "openyurt/.codecov.yml",
    "openyurt/.golangci.yaml",
    "openyurt/.goreleaser.yaml",
    "openyurt/charts/yurt-iot-dock/Chart.yaml",
    "openyurt/charts/yurt-manager/Chart.yaml",
    "openyurt/charts/yurt-manager/values.yaml",
    "openyurt/charts/yurthub/Chart.yaml",
    "openyurt/charts/yurthub/values.yaml",
    "openyurt/pkg/yurtmanager/controller/platformadmin/config/EdgeXConfig/manifest.yaml",
  ]

  @Test("every file gives its objects, except templates and settings, which are named")
  func corpus() throws {
    guard let directory = VectorFolder.environment("EDGE_MANIFESTS") else {
      print("manifests of KubeEdge and OpenYurt: skipped, $EDGE_MANIFESTS names no folder")
      return
    }
    let files = VectorFolder.files(in: directory, suffix: ".yaml") + VectorFolder.files(in: directory, suffix: ".yml")
    var objects = 0
    for file in files {
      let name = String(file.dropFirst(directory.count + 1))
      let bytes = try VectorFolder.bytes(of: file)
      let manifests = Result { try KubernetesYAML.manifests(in: bytes, source: name) }
      if Self.templates.contains(name) {
        #expect((try? manifests.get()) == nil, "\(name) is YAML")
        #expect(String(decoding: bytes, as: UTF8.self).contains("{{"), "\(name) is no template")
      } else if Self.settings.contains(name) {
        #expect((try? manifests.get()) == nil, "\(name) holds objects")
        for document in try YAMLDocument.split(bytes, source: name) { _ = try document.root() }
      } else {
        objects += try manifests.get().count
      }
    }
    print("manifests of KubeEdge and OpenYurt: \(objects) objects in \(files.count) files")
    #expect(objects > 0)
  }
}
#endif
