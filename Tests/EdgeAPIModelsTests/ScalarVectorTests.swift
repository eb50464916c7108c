import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Times, durations and numbers-or-texts against the answers of `k8s.io/apimachinery`.
@Suite("Scalar vectors")
struct ScalarVectorTests {
  @Test("times read and print as metav1.Time and metav1.MicroTime do")
  func times() throws {
    let summary = try VectorRunner("meta-time").run { vector in
      try check(MetaTime.self, vector, "time")
      try check(MicroTime.self, vector, "microTime")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  private func check<Time: APITime>(_: Time.Type, _ vector: VectorCase, _ name: String) throws {
    let expected = vector[name]
    let time: Time
    do throws(TimeError) {
      time = try Time(json: vector["in"])
    } catch {
      return try vector.expect(expected["error"]?.isNull == false, "\(name): \(error)")
    }
    try vector.expect(expected["error"]?.isNull == true, "\(name): accepted, but expected \(expected)")
    try vector.expect(time.json, equals: expected["out"] ?? .null, name)
    if let isZero = expected["isZero"]?.boolValue { try vector.expect(time.json.isNull, equals: isZero, "isZero") }
    if let unix = expected["unix"]?.integerValue { try vector.expect(time.seconds, equals: unix, "unix") }
    var bytes: [UInt8] = []
    time.appendJSON(to: &bytes)
    try vector.expect(String(decoding: bytes, as: UTF8.self), equals: time.json.text, "appended")
  }

  @Test("durations read and print as in Go")
  func durations() throws {
    let summary = try VectorRunner("duration").run { vector in
      let duration: GoDuration
      do throws(TimeError) {
        duration = try GoDuration(json: vector["in"])
      } catch {
        try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
        return try vector.expect(!vector["jsonError"].isNull, "refused, but JSON is accepted")
      }
      try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
      try vector.expect(String(duration.nanoseconds), equals: vector["nanos"].stringValue, "nanos")
      try vector.expect(duration.description, equals: vector["string"].stringValue, "string")
      try vector.expect(duration.json, equals: vector["jsonOut"], "json")
      try vector.expect(duration.duration.components.seconds, equals: vector["int64Seconds"].integerValue, "seconds")
      try vector.expect(GoDuration(duration.duration), equals: duration, "through Duration")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("numbers or texts read, print and scale as intstr.IntOrString")
  func intOrString() throws {
    let summary = try VectorRunner("int-or-string").run { vector in
      let value: IntOrString
      do throws(IntOrStringError) {
        value = try IntOrString(json: vector["in"])
      } catch {
        return try vector.expect(error.message, equals: vector["error"].stringValue ?? "no error")
      }
      try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
      try vector.expect(value.json, equals: vector["out"], "out")
      try vector.expect(value.description, equals: vector["string"].stringValue, "string")
      try vector.expect(Int64(value.intValue), equals: vector["intValue"].integerValue, "intValue")
      let type = if case .int = value { "int" } else { "string" }
      try vector.expect(type, equals: vector["type"].stringValue, "type")
      for (name, expected) in vector.content.objectValue ?? JSONObject() where name.hasPrefix("scaled_") {
        let parts = name.split(separator: "_")
        let total = try #require(Int(parts[1]))
        do {
          let scaled = try value.scaled(to: total, roundingUp: parts[3] == "true")
          try vector.expect(.integer(Int64(scaled)), equals: expected["value"], name)
          try vector.expect(expected["error"]?.isNull == true, name)
        } catch let error as IntOrStringError {
          try vector.expect(error.message, equals: expected["error"]?.stringValue ?? "no error", name)
        }
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}
