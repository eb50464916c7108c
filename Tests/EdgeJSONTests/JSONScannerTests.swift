import EdgeJSON
import Testing

@Suite("Scanning JSON")
struct JSONScannerTests {
  @Test("a message's parts are read while its content stays an untouched range of bytes")
  func contentRange() throws {
    let bytes = Array(
      #" {"header":{"msg_id":"a","timestamp":12,"sync":true},"content" : {"x": [1, "é\n" ]} ,"route":null} "#.utf8)
    var scanner = JSONScanner(bytes)
    var content: Range<Int>?
    var id: String?
    var timestamp: Int64?
    try scanner.readObject { key, scanner throws(JSONError) in
      switch key {
      case "content": content = try scanner.skipValue()
      case "header":
        try scanner.readObject { key, scanner throws(JSONError) in
          switch key {
          case "msg_id": id = try scanner.readString()
          case "timestamp": timestamp = try scanner.readInteger()
          default: try scanner.skipValue()
          }
        }
      default: #expect(try scanner.consumeNull())
      }
    }
    try scanner.finish()
    #expect(id == "a")
    #expect(timestamp == 12)
    #expect(content.map { String(decoding: bytes[$0], as: UTF8.self) } == #"{"x": [1, "é\n" ]}"#)
  }

  @Test("keys are told apart without decoding them; a key with escapes is another key")
  func keys() throws {
    var scanner = JSONScanner(Array(#"{"id":1,"\u0069d":2,"ids":3,"":4}"#.utf8))
    var seen: [String] = []
    try scanner.scanObject { key, scanner throws(JSONError) in
      let isID = scanner.body(key, is: "id")
      seen.append("\(isID) \(try scanner.readInteger())")
    }
    #expect(seen == ["true 1", "false 2", "false 3", "false 4"])
  }

  @Test("a scanner reads only its range and counts offsets from there")
  func range() throws {
    let bytes = Array("xx[1,2]yy".utf8)
    var scanner = JSONScanner(bytes, range: 2..<7)
    #expect(try scanner.readValue() == [1, 2])
    try scanner.finish()
    var short = JSONScanner(bytes, range: 2..<6)
    let error = #expect(throws: JSONError.self) { try short.skipValue() }
    #expect(error?.offset == 4)
  }

  @Test("plain runs of every length stop at the right byte")
  func stops() throws {
    for length in 0..<40 {
      for stop in ["\\n", "é", "\\u0041", "😀"] {
        let body = String(repeating: "a", count: length) + stop + String(repeating: "b", count: 11)
        var scanner = JSONScanner(Array("\"\(body)\"".utf8))
        #expect(try scanner.scanString().body == 1..<(body.utf8.count + 1))
      }
    }
  }

  @Test(
    "integers are integers: fractions and overflow are refused",
    arguments: ["1.0", "1e3", "9223372036854775808", "-0", "x"])
  func integers(text: String) {
    var scanner = JSONScanner(Array(text.utf8))
    #expect(throws: JSONError.self) { try scanner.readInteger() }
  }
}
