import EdgePrimitives
import Testing
import TopologyRouter

@Suite struct RoutingTableTests {
  @Test("FF-15: routing follows a changed annotation, pool and node label at once")
  func ff15() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    #expect(try table.addresses(from: "n1") == ["10.0.0.1", "10.0.0.2"])

    #expect(table.apply(.service(Sample.service(.openYurt(.hostname)))) == [Sample.service])
    #expect(try table.addresses(from: "n1") == ["10.0.0.1"])
    table.apply(.service(Sample.service(.openYurt(.nodePool))))

    #expect(table.apply(.node(try Sample.node("n2", pool: "beijing"))) == [Sample.service])
    #expect(try table.addresses(from: "n1") == ["10.0.0.1"])
    #expect(try table.addresses(from: "n2") == ["10.0.0.2", "10.0.0.3"])

    let members = PoolMembers.listed([try NodeName("n1"), try NodeName("n3")])
    #expect(table.apply(.pool(PoolFacts(name: try PoolName("hangzhou"), members: members))) == [Sample.service])
    #expect(try table.addresses(from: "n1") == ["10.0.0.1", "10.0.0.3"])
  }

  @Test("an event that repeats what is known concerns no service")
  func repeatedEvents() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    let version = table.servicesVersion
    #expect(table.apply(.node(try Sample.node("n1", pool: "hangzhou"))).isEmpty)
    #expect(table.apply(.service(Sample.service(.openYurt(.nodePool)))).isEmpty)
    #expect(table.apply(.poolRemoved(try PoolName("nowhere"))).isEmpty)
    #expect(table.apply(.nodeRemoved(try NodeName("nobody"))).isEmpty)
    #expect(table.apply(.sliceRemoved(SliceID(namespace: "default", name: "none"))).isEmpty)
    #expect(table.servicesVersion == version)
  }

  @Test("a change of endpoints concerns only their service")
  func locality() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    let other = ServiceID(namespace: "default", name: "other")
    table.apply(.service(Sample.service(.none, id: other)))
    let slice = Sample.slice([try Sample.endpoint("10.1.0.1", on: "n1")], name: "other-1", of: other)
    #expect(table.apply(.slice(slice)) == [other])
    // Only the pool-bound service reads pool membership.
    #expect(table.apply(.poolRemoved(try PoolName("beijing"))) == [Sample.service])
  }

  @Test("a copy keeps its decisions when the original goes on, and they do not mix")
  func copiesAreIndependent() throws {
    let original = try Sample.twoPools(.openYurt(.nodePool))
    var (left, right) = (original, original)
    left.apply(.node(try Sample.node("n1", pool: "beijing")))
    right.apply(.node(try Sample.node("n1")))
    #expect(try left.addresses(from: "n1") == ["10.0.0.1", "10.0.0.3"])
    #expect(try right.addresses(from: "n1") == ["10.0.0.1"])
    #expect(try original.addresses(from: "n1") == ["10.0.0.1", "10.0.0.2"])
  }

  @Test("an address that two slices name is one endpoint, the readier one")
  func addressMovesBetweenSlices() throws {
    var table = RoutingTable([.service(Sample.service())])
    let old = try Sample.endpoint("10.0.0.1", on: "n1", isReady: false)
    table.apply(.slice(Sample.slice([old], name: "web-a")))
    table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.0.1", on: "n1")], name: "web-b")))
    #expect(try table.addresses(from: "n1") == ["10.0.0.1"])
    #expect(table.decision(for: Sample.service, from: try NodeName("n1")).verdicts.count == 1)
  }

  @Test("a slice that moves to another service leaves the first")
  func sliceMoves() throws {
    let other = ServiceID(namespace: "default", name: "other")
    var table = RoutingTable([.service(Sample.service()), .service(Sample.service(.none, id: other))])
    let endpoints = [try Sample.endpoint("10.0.0.1", on: "n1")]
    table.apply(.slice(Sample.slice(endpoints)))
    #expect(table.apply(.slice(Sample.slice(endpoints, of: other))) == [Sample.service, other])
    #expect(try table.addresses(from: "n1").isEmpty)
    #expect(try table.addresses(from: "n1", of: other) == ["10.0.0.1"])
  }
}
