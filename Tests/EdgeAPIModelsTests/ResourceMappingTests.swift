import EdgeAPIModels
import Testing

@Suite("Resource mapping")
struct ResourceMappingTests {
  private let catalog = ResourceCatalog.standard

  @Test("kinds and resources lead to each other in every served version")
  func bothWays() {
    for type in catalog.all {
      for version in type.servedVersions {
        let kind = GroupVersionKind(group: type.gvk.group, version: version, kind: type.gvk.kind)
        let resource = catalog.resource(for: kind)
        #expect(resource?.groupResource == type.groupResource)
        #expect(resource.flatMap { catalog.kind(for: $0) } == kind)
      }
    }
    #expect(catalog.resource(for: GroupVersionKind(group: "apps", version: "v2", kind: "Deployment")) == nil)
    #expect(catalog.kind(for: GroupVersionResource(group: "apps", version: "v1", resource: "pods")) == nil)
  }

  @Test("partial resources mean the preferred version first")
  func partial() throws {
    let pools = catalog.resources(matching: GroupVersionResource(group: "", version: "", resource: "NP"))
    #expect(pools.map(\.version) == ["v1beta2", "v1beta1", "v1alpha1"])
    let devices = GroupVersionResource(group: "", version: "v1alpha2", resource: "device")
    #expect(catalog.kinds(matching: devices).map(\.kind) == ["Device"])
    #expect(try catalog.resource(matching: devices).version == "v1alpha2")
    #expect(throws: ResourceMappingError.self) {
      try catalog.resource(matching: GroupVersionResource(group: "apps", version: "", resource: "pods"))
    }
  }

  @Test("one name in two groups is ambiguous")
  func ambiguous() {
    let types = ["a.io", "b.io"].map { ResourceType(GroupVersionKind(group: $0, version: "v1", kind: "Thing")) }
    let catalog = ResourceCatalog(types)
    let error = #expect(throws: ResourceMappingError.self) {
      try catalog.resource(matching: GroupVersionResource(group: "", version: "", resource: "things"))
    }
    #expect(error?.code == .ambiguous)
    #expect(error?.matches.map(\.group) == ["a.io", "b.io"])
  }

  @Test("a mapping takes the first version of a list that is served, or the preferred one")
  func mapping() {
    let pool = catalog.mapping(group: "apps.openyurt.io", kind: "NodePool")
    #expect(pool?.resource.version == "v1beta2")
    #expect(pool?.isNamespaced == false)
    let older = catalog.mapping(group: "apps.openyurt.io", kind: "NodePool", versions: ["v9", "v1alpha1", "v1beta1"])
    #expect(older?.kind.version == "v1alpha1")
    #expect(catalog.mapping(group: "apps", kind: "Deployment", versions: ["v2"]) == nil)
    #expect(catalog.mapping(named: "deploy")?.resource.resource == "deployments")
  }

  @Test("command lines name resources with version and group")
  func arguments() {
    let full = GroupVersionResource(argument: "devices.v1beta1.devices.kubeedge.io")
    #expect(full == GroupVersionResource(group: "devices.kubeedge.io", version: "v1beta1", resource: "devices"))
    #expect(GroupVersionResource(argument: "deployments.apps") == nil)
    #expect(GroupResource(argument: "deployments.apps") == .deployments)
    #expect(GroupResource(argument: "pods") == .pods)
  }

  @Test("requests that end too early or are wrongly encoded are refused")
  func requests() throws {
    let early = #expect(throws: RequestInfoError.self) { try RequestInfo(method: "GET", target: "/api/v1/watch") }
    #expect(early?.code == .missingResource)
    let broken = #expect(throws: RequestInfoError.self) { try RequestInfo(method: "GET", target: "/api/v1/pods/%zz") }
    #expect(broken?.code == .malformedPath)
  }

  @Test("a wrong list option makes a server forget the name, but not the watch")
  func wrongOptions() throws {
    for option in ["limit=many", "timeoutSeconds=", "labelSelector=a%20b"] {
      let target = "/api/v1/pods?fieldSelector=metadata.name%3Dfoo&watch=yes&\(option)"
      let info = try RequestInfo(method: "GET", target: target)
      #expect(info.name.isEmpty && info.verb == "watch" && info.fieldSelector == "metadata.name=foo")
    }
    let other = try RequestInfo(method: "OPTIONS", target: "/api/v1/pods")
    #expect(other.verb.isEmpty)
  }
}
