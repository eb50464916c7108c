import EdgeAPIKinds
import EdgeAPIModels
import EdgeJSON
import EdgeProtobuf
import Testing

/// Objects that are read by their types from peers that mean no good. A quadratic implementation takes far longer than
/// the limits of time.
@Suite("Hostile records")
struct HostileRecordTests {
  // MARK: - JSON

  private func pod(_ members: String) -> [UInt8] {
    Array(#"{"apiVersion":"v1","kind":"Pod","metadata":{},\#(members)}"#.utf8)
  }

  @Test("a known key that comes 200 000 times is refused in linear time", .timeLimit(.minutes(5)))
  func repeatedMembers() {
    let members = repeatElement(#""hostPID":true,"nodeName":"n""#, count: 100_000).joined(separator: ",")
    let error = #expect(throws: ObjectError.self) {
      try CoreV1.Pod(json: pod("\"spec\":{\(members)}"))
    }
    #expect((error?.cause as? JSONError)?.code == .duplicateKey)
  }

  @Test("200 000 unknown members are kept in linear time", .timeLimit(.minutes(5)))
  func unknownMembers() throws {
    let members = (0..<200_000).map { "\"x\($0)\":\($0)" }.joined(separator: ",")
    let read = try CoreV1.Pod(json: pod(members))
    #expect(read.unknownFields.json.count == 200_000)
    #expect(read.unknownFields.json["x77777"] == 77_777)
  }

  @Test("a key with escapes names the member that it spells")
  func escapedKeys() throws {
    let read = try CoreV1.Pod(json: pod(#""sp\u0065c":{"n\u006fdeName":"n"}"#))
    #expect(read.spec?.nodeName == "n")
    #expect(read.unknownFields.isEmpty)
    #expect(throws: ObjectError.self) { try CoreV1.Pod(json: pod(#""spec":{"nodeName":"a","n\u006fdeName":"b"}"#)) }
  }

  @Test(
    "apiVersion and kind may come once only",
    arguments: [#""kind":"Pod""#, #""apiVersion":"v1""#, #""k\u0069nd":"Pod""#])
  func typeTwice(member: String) {
    let error = #expect(throws: ObjectError.self) { try SchemaObject(json: pod(member)) }
    #expect((error?.cause as? JSONError)?.code == .duplicateKey)
  }

  @Test(
    "a time that no reader would take again is refused",
    arguments: ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+00:01"])
  func farTimes(text: String) {
    #expect(throws: ObjectError.self) { try CoreV1.Pod(json: pod(#""status":{"startTime":"\#(text)"}"#)) }
  }

  // MARK: - Protobuf

  @Test("lists whose elements come in turn are put together in linear time, in their order", .timeLimit(.minutes(5)))
  func interleavedLists() throws {
    let count = 100_000
    var spec: [UInt8] = []
    for index in 0..<count {
      spec += field(38, field(1, Array("g\(index)".utf8)))
      spec += field(15, field(1, Array("s\(index)".utf8)))
    }
    let read = try CoreV1.Pod(protobuf: envelope(field(2, spec)))
    let secrets = try #require(read.spec?.imagePullSecrets)
    #expect(secrets.count == count)
    #expect(secrets[count - 1].name == "s\(count - 1)")
    #expect(secrets[77].name == "s77")
    #expect(read.spec?.schedulingGates?[77].name == "g77")
  }

  @Test("a message in 100 000 parts is put together in linear time", .timeLimit(.minutes(5)))
  func manyParts() throws {
    let count = 100_000
    var raw: [UInt8] = []
    for index in 0..<count {
      raw += field(
        1, field(14, Array("f\(index)".utf8)) + field(11, entry("k\(index % 1_000)", "\(index)")) + field(99, [1]))
    }
    let metadata = try CoreV1.Pod(protobuf: envelope(raw)).metadata
    #expect(metadata.finalizers?.count == count)
    #expect(metadata.labels?.count == 1_000)
    #expect(metadata.labels?["k7"] == "\(count - 1_000 + 7)")
    #expect(metadata.unknownFields.protobuf.count == 4 * count)
  }

  @Test(
    "the entries of a map come in any order, and of equal keys the last counts, in linear time", .timeLimit(.minutes(5))
  )
  func mapEntries() throws {
    let count = 100_000
    var labels: [UInt8] = []
    for index in (0..<count).reversed() { labels += field(11, entry("k\(index)", "a")) }
    labels += field(11, entry("k5", "b")) + field(11, entry("k5", "c"))
    let read = try CoreV1.Pod(protobuf: envelope(field(1, labels))).metadata.labels
    #expect(read?.count == count)
    #expect(read?["k5"] == "c")
    #expect(read?["k6"] == "a")
  }

  @Test("unknown fields of a message are written again in linear time", .timeLimit(.minutes(5)))
  func unknownFields() throws {
    let count = 300_000
    let raw = (0..<count).flatMap { (index: Int) -> [UInt8] in varint((100 + index % 8) << 3) + [1] }
    let message = envelope(field(2, raw))
    let read = try CoreV1.Pod(protobuf: message)
    let written = read.protobufEncoded()
    #expect(written.count > 3 * count)
    #expect(try CoreV1.Pod(protobuf: written).protobufEncoded() == written)
  }

  @Test("what one part of a message says is not undone by a part that does not speak of it")
  func nullsOfParts() throws {
    let twice = field(1, field(1, Array("a".utf8)) + field(8, [0x08, 0x07])) + field(1, field(3, Array("n".utf8)))
    let metadata = try CoreV1.Pod(protobuf: envelope(twice)).metadata
    #expect(metadata.creationTimestamp?.seconds == 7)
    #expect(metadata.namespace == "n")
  }

  @Test("of a scalar that comes twice the last counts, also when it is zero")
  func lastScalar() throws {
    let name = field(1, field(1, Array("a".utf8)) + field(1, []))
    #expect(try CoreV1.Pod(protobuf: envelope(name)).metadata.name == nil)
    let spec = field(2, [0x58, 1, 0x58, 0])
    #expect(try CoreV1.Pod(protobuf: envelope(spec)).spec?.hostNetwork != true)
  }

  @Test("an entry of a map without a value has the zero value of its type")
  func keyOnly() throws {
    let bytes = ProtobufEnvelope(apiVersion: "v1", kind: "Secret", raw: field(2, field(1, Array("a".utf8)))).encoded()
    let read = try CoreV1.Secret(protobuf: bytes)
    #expect(read.data == ["a": []])
    #expect(try JSONValue(parsing: read.jsonEncoded())["data"] == ["a": ""])
  }

  @Test("times are read as exactly as they are written; far ones are refused")
  func times() throws {
    func start(_ bytes: [UInt8]) -> [UInt8] { envelope(field(3, field(7, bytes))) }
    let read = try CoreV1.Pod(protobuf: start([0x08, 0x05, 0x10, 0x07]))
    #expect(read.status?.startTime == MetaTime(seconds: 5))
    // What would be written as no time at all is none.
    #expect(try CoreV1.Pod(protobuf: start([0x10, 0x07])).status?.startTime == nil)
    #expect(throws: ObjectError.self) { try CoreV1.Pod(protobuf: start([0x08] + varint(1 << 40))) }
  }

  // MARK: - Texts of others

  @Test("the JSON of an object is JSON, whatever its raw members hold")
  func rawMembers() throws {
    for bytes in ["{", "}", "1,\"x\":2", "\u{0}", " ", "nul", "{} {}", String(repeating: "[", count: 300)] {
      let raw = field(2, field(1, Array(bytes.utf8))) + [0x18, 1]
      let message = ProtobufEnvelope(apiVersion: "apps/v1", kind: "ControllerRevision", raw: raw).encoded()
      let read = try SchemaObject(protobuf: message)
      let data = try JSONValue(parsing: read.jsonEncoded())["data"]
      #expect(data?.stringValue != nil, "\(bytes)")
      let again = read.protobufEncoded()
      #expect(try SchemaObject(protobuf: again).protobufEncoded() == again)
    }
    let good = field(2, field(1, Array(#"{"a":[1]}"#.utf8))) + [0x18, 1]
    let message = ProtobufEnvelope(apiVersion: "apps/v1", kind: "ControllerRevision", raw: good).encoded()
    #expect(try JSONValue(parsing: SchemaObject(protobuf: message).jsonEncoded())["data"] == ["a": [1]])
  }

  /// Members of a schema that hold a schema: their JSON around another one, and their protobuf.
  private static let nests: [(open: String, close: String, numbers: [Int])] = [
    ("{\"not\":", "}", [28]), ("{\"allOf\":[", "]}", [25]), ("{\"properties\":{\"a\":", "}}", [29, 2]),
    ("{\"items\":", "}", [24, 1]), ("{\"additionalProperties\":", "}", [30, 2]),
  ]

  @Test("the deepest object that is read from one encoding is read from the other", arguments: nests.indices)
  func depths(nest: Int) throws {
    let nest = Self.nests[nest]
    let text = String(repeating: "[", count: 99) + String(repeating: "]", count: 99)
    // Each nest begins with a default that is nested itself.
    var inner = field(8, field(1, Array(text.utf8)))
    var deepest: SchemaObject?
    for _ in 0..<200 {
      for number in nest.numbers.reversed() { inner = field(number, inner) }
      let definition = ProtobufEnvelope(
        apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition",
        raw: field(2, field(7, field(4, field(1, inner)))))
      do {
        deepest = try SchemaObject(protobuf: definition.encoded())
      } catch {
        #expect((error.cause as? ProtobufError)?.code == .depthExceeded)
        break
      }
    }
    let json = try #require(deepest).jsonEncoded()
    let again = try SchemaObject(json: json)
    #expect(again.jsonEncoded() == json)
    let message = again.protobufEncoded()
    #expect(try SchemaObject(protobuf: message).protobufEncoded() == message)
    // Deeper ones are refused by both.
    let open = String(repeating: nest.open, count: 150)
    let close = String(repeating: nest.close, count: 150)
    let deep =
      #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","#
      + #""spec":{"versions":[{"schema":{"openAPIV3Schema":"# + open + "{}" + close + "}}]}}"
    let error = #expect(throws: ObjectError.self) { try SchemaObject(json: Array(deep.utf8)) }
    #expect((error?.cause as? JSONError)?.code == .depthExceeded)
  }

  // MARK: -

  private func envelope(_ raw: [UInt8]) -> [UInt8] {
    ProtobufEnvelope(apiVersion: "v1", kind: "Pod", raw: raw).encoded()
  }

  private func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private func field(_ number: Int, _ payload: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(payload.count) + payload
  }

  private func entry(_ key: String, _ value: String) -> [UInt8] {
    field(1, Array(key.utf8)) + field(2, Array(value.utf8))
  }
}
