import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("object digest")
struct ObjectDigestTests {
  private func digest(_ json: String) throws -> ObjectDigest { ObjectDigest(of: try Sample.object(json)) }

  private let pod = #"""
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","uid":"u","labels":{"x":"1","y":"2"}},
     "spec":{"containers":[{"name":"m","image":"i:1"}]}}
    """#

  @Test("what the server stamps on each write is no news: version, managed fields, generation")
  func ignoresStamps() throws {
    var object = try Sample.object(pod)
    let before = ObjectDigest(of: object)
    object.metadata.resourceVersion = "77"
    object.metadata.generation = 9
    object["metadata", "managedFields"] = [["manager": "kubectl"]]
    #expect(ObjectDigest(of: object) == before)
  }

  @Test("a pod's status is no news to its node, of a node's status only the addresses are, of other kinds all is")
  func podStatus() throws {
    var object = try Sample.object(pod)
    let before = ObjectDigest(of: object)
    object["status"] = ["phase": "Running"]
    #expect(ObjectDigest(of: object) == before)
    func node(_ status: String) throws -> ObjectDigest {
      try digest(#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"status":\#(status)}"#)
    }
    #expect(try node(#"{"conditions":[]}"#) == node(#"{"conditions":[{"type":"Ready"}]}"#))
    #expect(try node("{}") != node(#"{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}]}"#))
    let pool = #"{"apiVersion":"apps.openyurt.io/v1beta2","kind":"NodePool","metadata":{"name":"a"}}"#
    let filled =
      #"{"apiVersion":"apps.openyurt.io/v1beta2","kind":"NodePool","metadata":{"name":"a"},"status":{"nodes":[]}}"#
    #expect(try digest(pool) != digest(filled))
  }

  @Test(
    "everything else is news",
    arguments: [
      ["metadata", "uid"], ["metadata", "labels", "x"], ["metadata", "annotations", "n"],
      ["metadata", "deletionTimestamp"], ["metadata", "namespace"], ["spec", "nodeName"], ["spec", "containers"],
      ["apiVersion"], ["unknown"],
    ])
  func notices(path: [String]) throws {
    var object = try Sample.object(pod)
    let before = ObjectDigest(of: object)
    object.content[path: path] = "changed"
    #expect(ObjectDigest(of: object) != before)
  }

  @Test("the order of keys does not matter, the order of elements does")
  func keyOrder() throws {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    let object = try Sample.object(pod)
    for _ in 0..<50 {
      var shuffled = object
      shuffled.content = Self.shuffled(object.content, entropy)
      #expect(ObjectDigest(of: shuffled) == ObjectDigest(of: object), "seed \(seed)")
    }
    let list = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":["#
    #expect(try digest(list + "1,2]}") != digest(list + "2,1]}"))
  }

  @Test("the text form has sixteen digits and reads back; the value is the same in every process")
  func text() throws {
    for value in [0, 1, 0xFF, UInt64.max] {
      let digest = ObjectDigest(rawValue: value)
      #expect(digest.description.count == 16)
      #expect(ObjectDigest(digest.description) == digest)
    }
    // FNV-1a of the canonical JSON, computed by hand once: it must never depend on a process's hash seed.
    let object = try Sample.object(#"{"kind":"K","apiVersion":"v1"}"#)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in #"{"apiVersion":"v1","kind":"K"}"#.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    #expect(ObjectDigest(of: object).rawValue == hash)
  }

  private static func shuffled(_ object: JSONObject, _ entropy: SeededEntropy) -> JSONObject {
    var members = object.map { ($0.key, shuffled($0.value, entropy)) }
    for index in members.indices.reversed() where index > 0 {
      members.swapAt(index, Int(entropy.next(below: UInt64(index + 1))))
    }
    return JSONObject(members)
  }

  private static func shuffled(_ value: JSONValue, _ entropy: SeededEntropy) -> JSONValue {
    switch value {
    case .object(let object): .object(shuffled(object, entropy))
    case .array(let elements): .array(elements.map { shuffled($0, entropy) })
    default: value
    }
  }
}
