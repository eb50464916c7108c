import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("message codec")
struct MessageCodecTests {
  private func text(_ message: EdgeMessage) -> String { String(decoding: message.encoded(), as: UTF8.self) }
  private func decode(_ text: String, limits: MessageLimits = .default) throws -> EdgeMessage {
    try EdgeMessage(decoding: Array(text.utf8), limits: limits)
  }

  @Test("members stand in Go's order and empty ones are left out, but id, timestamp and content never are")
  func order() {
    let empty = EdgeMessage(header: MessageHeader(id: "", timestampMilliseconds: 0), route: MessageRoute())
    #expect(text(empty) == #"{"header":{"msg_id":"","timestamp":0},"route":{},"content":null}"# + "\n")
    let full = EdgeMessage(
      header: MessageHeader(
        id: "a", parentID: "b", timestampMilliseconds: -7, resourceVersion: "9", sync: true, type: "t"),
      route: MessageRoute(source: "s", destination: "d", group: "g", operation: .update, resource: "r"),
      content: MessageContent(json: Array("{\"z\":1,\"a\":2}".utf8)))
    #expect(
      text(full)
        == #"{"header":{"msg_id":"a","parent_msg_id":"b","timestamp":-7,"resourceversion":"9","sync":true,"type":"t"},"#
        + #""route":{"source":"s","destination":"d","group":"g","operation":"update","resource":"r"},"#
        + #""content":{"z":1,"a":2}}"# + "\n")
  }

  @Test("strings are escaped as Go escapes them")
  func escapes() throws {
    let content = MessageContent(text: "<a href=\"x\">&\u{2028}\u{2029}\u{1}\u{8}\u{c}\n\r\t\\é😀</a>")
    #expect(
      String(decoding: content.bytes, as: UTF8.self)
        == #""\u003ca href=\"x\"\u003e\u0026\u2028\u2029\u0001\b\f\n\r\t\\é😀\u003c/a\u003e""#)
    let message = EdgeMessage(
      header: MessageHeader(id: "<", timestampMilliseconds: 1), route: MessageRoute(resource: "a&b"), content: content)
    #expect(try decode(text(message)) == message)
  }

  @Test("the content passes as the bytes it came in, numbers beyond 2^53 and white space included")
  func contentIsRaw() throws {
    let content = #"{ "big" : 9007199254740993, "e":1.50e+2, "s":"\u0041" }"#
    let wire = #"{"header":{"msg_id":"a","timestamp":1},"route":{},"content":"# + content + "}"
    let message = try decode(wire)
    #expect(String(decoding: message.content.bytes, as: UTF8.self) == content)
    #expect(text(message) == wire + "\n")
  }

  @Test("members may come in any order, unknown ones are dropped, absent and null ones read as empty")
  func tolerance() throws {
    let message = try decode(
      #" {"x":[1,{"header":2}],"content":"OK","route":{"resource":"r","later":{}},"header":{"timestamp":null,"msg_id":"a"}} "#
    )
    #expect(message.id == "a" && message.resource == "r" && message.content.stringValue == "OK")
    #expect(message.header.timestampMilliseconds == 0)
    #expect(try decode(#"{"header":null,"route":null}"#).content.isNull)
    #expect(try decode("{}") == EdgeMessage(header: MessageHeader(id: "", timestampMilliseconds: 0), route: .init()))
  }

  @Test(
    "a member that occurs twice is refused: two readers could see two routes",
    arguments: [
      #"{"route":{"resource":"a"},"content":1,"route":{"resource":"b"}}"#,
      #"{"header":{"msg_id":"a","msg_id":"b"},"route":{}}"#, #"{"route":{"resource":"a","resource":"b"}}"#,
      #"{"content":{"a":{}},"content":2}"#,
    ])
  func duplicates(_ wire: String) {
    #expect { try decode(wire) } throws: { ($0 as? MessageError)?.code == .duplicateMember }
    #expect { try MessageEnvelope(decoding: Array(wire.utf8)) } throws: {
      ($0 as? MessageError)?.code == .duplicateMember
    }
  }

  @Test(
    "what is no message is refused",
    arguments: [
      "", "\n", "null", "[]", "1", "\"x\"", "{", #"{"header":{}}x"#, #"{"header":[]}"#, #"{"header":{"msg_id":1}}"#,
      #"{"header":{"timestamp":"1"}}"#, #"{"header":{"timestamp":1.5}}"#,
      #"{"header":{"timestamp":9223372036854775808}}"#,
      #"{"route":"a"}"#, #"{"header":{"sync":1}}"#, #"{"content":}"#, #"{"content":{]}}"#, #"{"content":nul}"#,
      #"{"header":{},}"#, #"{,"header":{}}"#, #"{"content":01}"#, "{\"content\":\"\u{1}\"}", #"{"content":"\ud800"}"#,
      #"{"content":1,"x":{"a":}}"#,
    ])
  func hostile(_ wire: String) {
    #expect(throws: MessageError.self) { try decode(wire) }
  }

  @Test("invalid UTF-8 is refused, in the route and in the content")
  func invalidUTF8() {
    for prefix in [#"{"route":{"resource":""#, #"{"content":""#] {
      let wire = Array(prefix.utf8) + [0xC3, 0x28] + Array("\"}}".utf8)
      #expect(throws: MessageError.self) { try EdgeMessage(decoding: wire) }
    }
  }

  @Test("depth and length are bounded, and the error says which bound")
  func limits() {
    let deep = #"{"content":"# + String(repeating: "[", count: 600) + String(repeating: "]", count: 600) + "}"
    #expect { try decode(deep) } throws: { ($0 as? MessageError)?.code == .tooDeep }
    #expect { try decode("{}", limits: MessageLimits(maximumBytes: 1)) } throws: {
      ($0 as? MessageError)?.code == .tooLarge
    }
  }

  @Test("an answer follows NewRespByMessage, a refusal NewErrorMessage")
  func answers() {
    let request = EdgeMessage(
      header: MessageHeader(id: "q", timestampMilliseconds: 1, resourceVersion: "5", type: "t"),
      route: MessageRoute(source: "edged", destination: "x", group: "meta", operation: .query, resource: "a/pod/b"))
    let now = Timestamp(millisecondsSinceEpoch: 42)
    let ack = request.ack(id: UniqueID(rawValue: "r"), timestamp: now)
    #expect(
      text(ack) == #"{"header":{"msg_id":"r","parent_msg_id":"q","timestamp":42,"type":"t"},"#
        + #""route":{"source":"edged","group":"meta","operation":"response","resource":"a/pod/b"},"content":"OK"}"#
        + "\n")
    #expect(ack.isAnswer && !request.isAnswer)
    let refusal = request.refusal(id: UniqueID(rawValue: "r"), timestamp: now, text: "no")
    #expect(
      text(refusal) == #"{"header":{"msg_id":"r","parent_msg_id":"q","timestamp":42},"#
        + #""route":{"operation":"error","resource":"a/pod/b"},"content":"no"}"# + "\n")
  }

  @Test("the payload is a string's own bytes, else the JSON text")
  func payload() throws {
    #expect(MessageContent(text: #"{"a":1}"#).payload == Array(#"{"a":1}"#.utf8))
    #expect(MessageContent(json: Array("[1]".utf8)).payload == Array("[1]".utf8))
    #expect(MessageContent(json: Array("[1]".utf8)).stringValue == nil)
    #expect(throws: MessageError.self) { try MessageContent(validating: Array("1,2".utf8)) }
    #expect(try MessageContent(validating: Array(" [1] ".utf8)).bytes == Array("[1]".utf8))
  }

  @Test("bytes are base64 strings, as Go writes them, and only such strings are bytes")
  func base64() {
    let content = MessageContent(base64: [0, 255, 62, 63])
    #expect(String(decoding: content.bytes, as: UTF8.self) == #""AP8+Pw==""#)
    #expect(content.base64Value == [0, 255, 62, 63] && MessageContent(base64: []).base64Value == [])
    #expect(MessageContent(text: "OK!").base64Value == nil && MessageContent.null.base64Value == nil)
    // Go's GetContentData gives a string's bytes verbatim, whatever they mean.
    #expect(content.payload == Array("AP8+Pw==".utf8))
  }

  @Test("control words are for the connection, the zero message of a stopping EdgeCore is for nobody")
  func linkRules() throws {
    func message(_ operation: MessageOperation) -> EdgeMessage {
      EdgeMessage(
        header: MessageHeader(id: "a", timestampMilliseconds: 1), route: MessageRoute(operation: operation))
    }
    for word in [MessageOperation.config, .ping, .pong] { #expect(message(word).linkRule == .acknowledge) }
    for word in [MessageOperation.keepalive, .update, .response, "", "later"] {
      #expect(message(word).linkRule == .deliver)
    }
    let zero = try decode(#"{"header":{"msg_id":"","timestamp":0},"route":{},"content":null}"# + "\n")
    #expect(zero.linkRule == .drop)
    let answer = message(.ping).controlAnswer(
      id: UniqueID(rawValue: "b"), timestamp: Timestamp(millisecondsSinceEpoch: 2))
    #expect(answer.parentID == "a" && answer.operation == .response && answer.content.stringValue == "ack")
  }

  @Test("a keepalive is the bytes that an EdgeCore sends")
  func keepalive() {
    let keepalive = EdgeMessage.keepalive(
      id: UniqueID(rawValue: "U"), timestamp: Timestamp(millisecondsSinceEpoch: 1_700_000_000_000))
    #expect(
      text(keepalive) == #"{"header":{"msg_id":"U","timestamp":1700000000000},"route":{"source":"websocket","#
        + #""group":"resource","operation":"keepalive","resource":"node"},"content":"ping"}"# + "\n")
  }
}
