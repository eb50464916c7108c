import EdgeAPIKinds
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeTestKit
import Testing

@Suite("Watch frames")
struct WatchFrameTests {
  @Test("frames read and write as Kubernetes' own, in both encodings")
  func vectors() throws {
    let summary = try VectorRunner("watch-frames").run { vector in
      let encoding: WatchFrame.Encoding = vector["mediaType"].stringValue?.contains("json") == true ? .json : .protobuf
      guard let bytes = Base64.decode(vector["frameBase64"].stringValue ?? ""),
        let object = Base64.decode(vector["objectEncodingBase64"].stringValue ?? "")
      else { throw VectorError("no base64") }
      var decoder = WatchFrameDecoder(encoding)
      decoder.append(bytes)
      guard vector["error"].isNull else {
        try vector.expect((try? decoder.next()) == nil, "an error is expected")
        return
      }
      guard let frame = try decoder.next() else { throw VectorError("no whole frame") }
      try vector.expect(frame.type, equals: vector["type"].stringValue ?? "", "type")
      try vector.expect(frame.encoded(as: encoding), equals: bytes, "frame, again")
      // A response body ends with a line feed, an object in a frame does not.
      try vector.expect(frame.object, equals: object.last == 0x0A ? Array(object.dropLast()) : object, "object")
      let read = encoding == .json ? try SchemaObject(json: frame.object) : try SchemaObject(protobuf: frame.object)
      try vector.expect(try JSONValue(parsing: read.jsonEncoded()), equals: vector["object"], "object as JSON")
      if encoding == .protobuf {
        try vector.expect(read.protobufEncoded(), equals: object, "object as protobuf")
        let fromJSON = try SchemaObject(json: vector["object"].serialized())
        try vector.expect(fromJSON.protobufEncoded(), equals: object, "JSON to protobuf")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("a stream may be cut anywhere", arguments: WatchFrame.Encoding.allCases)
  func anySplit(_ encoding: WatchFrame.Encoding) throws {
    let object: [UInt8] = encoding == .json ? Array("{\"a\":1}".utf8) : [0x6B, 0x38, 0x73, 0, 0x0A, 0]
    let frames = [WatchFrame(type: "ADDED", object: object), WatchFrame(type: "BOOKMARK", object: object)]
    let bytes = frames.flatMap { $0.encoded(as: encoding) }
    for cut in 0...bytes.count {
      var decoder = WatchFrameDecoder(encoding)
      var read: [WatchFrame] = []
      for part in [bytes[..<cut], bytes[cut...]] {
        decoder.append(part)
        while let frame = try decoder.next() { read.append(frame) }
      }
      #expect(read == frames, "cut at \(cut)")
      #expect(!decoder.hasPartialFrame)
    }
  }

  @Test("a frame longer than the bound is refused before it is held, and so is what follows")
  func bounds() throws {
    var lines = WatchFrameDecoder(.json, maximumFrameBytes: 64)
    lines.append([UInt8](repeating: 0x20, count: 65))
    #expect(throws: ObjectError.self) { try lines.next() }
    lines.append(Array("{}\n".utf8))
    #expect(throws: ObjectError.self) { try lines.next() }
    var messages = WatchFrameDecoder(.protobuf, maximumFrameBytes: 64)
    messages.append([0x7F, 0xFF, 0xFF, 0xFF])
    #expect(throws: ObjectError.self) { try messages.next() }
  }

  @Test("what follows a frame that is too long is not kept")
  func afterTheBound() {
    var lines = WatchFrameDecoder(.json, maximumFrameBytes: 8)
    lines.append(Array("123456789".utf8))
    #expect(throws: ObjectError.self) { try lines.next() }
    lines.append(Array("more".utf8))
    #expect(!lines.hasPartialFrame)
    #expect(throws: ObjectError.self) { try lines.next() }
  }

  @Test("an object that was written over several lines stays one frame")
  func lineFeeds() throws {
    var decoder = WatchFrameDecoder(.json)
    decoder.append(WatchFrame(type: "ADDED", object: Array("{\n  \"a\": \"b\\nc\"\n}".utf8)).encoded(as: .json))
    let frame = try #require(try decoder.next())
    #expect(try JSONValue(parsing: frame.object) == ["a": "b\nc"])
    #expect(try decoder.next() == nil)
    #expect(!decoder.hasPartialFrame)
  }

  @Test("an event with members that nobody knows, or with an escape in its type, is read too")
  func unusualEvents() throws {
    let object = #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#
    for line in [
      "{\"type\":\"ADDED\",\"object\":\(object),\"new\":{}}", "{\"type\":\"A\\u0044DED\",\"object\":\(object)}",
    ] {
      let event = try WatchEvent<CoreV1.Pod>(json: Array(line.utf8))
      #expect(event.type == "ADDED")
      #expect(event.object?.metadata.name == "a")
    }
  }

  @Test("events are read with their objects, whatever the order of the members")
  func events() throws {
    let pod = #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","x":1}}"#
    for line in [
      #"{"type":"MODIFIED","object":\#(pod)}"#, #"{"object":\#(pod),"type":"MODIFIED"}"#,
      #" { "type" : "MODIFIED" , "object" : \#(pod) } "#,
    ] {
      let event = try WatchEvent<CoreV1.Pod>(json: Array(line.utf8))
      #expect(event.type == "MODIFIED")
      #expect(event.object?.metadata.name == "p")
      #expect(event.object?.metadata.unknownFields.json["x"] == 1)
    }
    let failure =
      #"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"code":410,"reason":"Expired"}}"#
    guard case .error(let status) = try WatchEvent<CoreV1.Pod>(json: Array(failure.utf8)) else {
      Issue.record("not an error")
      return
    }
    #expect(try MetaV1.Status(status).code == 410)
  }

  @Test(
    "what is no event is refused",
    arguments: [
      "", "{}", "[]", #"{"type":"ADDED"}"#, #"{"object":{}}"#, #"{"type":"ADDED","object":{}}"#,
      #"{"type":"NEWS","object":{"kind":"Pod","apiVersion":"v1"}}"#,
      #"{"type":"ADDED","object":{"kind":"Node","apiVersion":"v1"}}"#,
      #"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1"}"#,
      #"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1"}}}"#,
    ])
  func refused(_ line: String) {
    #expect(throws: ObjectError.self) { try WatchEvent<CoreV1.Pod>(json: Array(line.utf8)) }
  }
}
