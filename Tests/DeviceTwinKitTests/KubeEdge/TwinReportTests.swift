import DeviceTwinKit
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("Twin reports")
struct TwinReportTests {
  private func twin() throws -> DeviceTwin {
    var twin = Sample.twin()
    _ = twin.apply(try Sample.definition(desired: "50"), now: Sample.time(0))
    _ = twin.deviceConnected(now: Sample.time(1))
    _ = twin.readingsArrived(
      [Sample.temperature: .value(.int(20)), Sample.setPoint: .value(.int(21))], now: Sample.time(1))
    let version = try #require(twin.properties[Sample.setPoint]?.desired?.version)
    _ = twin.writeFinished(Sample.setPoint, version: version, outcome: .readBack(.int(40)), now: Sample.time(2))
    _ = twin.readingsArrived([Sample.temperature: .bad(reason: "broken")], now: Sample.time(3))
    return twin
  }

  @Test("the content of edge_updated is read back without loss")
  func edgeUpdated() throws {
    let report = TwinReport(of: try twin())
    let content = report.edgeUpdatedContent(eventID: UniqueID(rawValue: "e"), now: Sample.time(4))
    #expect(TwinReport(edgeUpdatedContent: try JSONValue(parsing: content.serialized())) == report)
    let entry = try #require(content[path: ["twin", "set-point"]])
    #expect(entry["expected"]?["value"] == "50")
    #expect(entry[path: ["expected", "metadata", "state"]] == "clamped")
    #expect(entry[path: ["expected", "metadata", "actual"]] == "40")
    #expect(entry[path: ["metadata", "type"]] == "int")
    #expect(entry["optional"] == true)
    #expect(content[path: ["twin", "temperature", "actual", "metadata", "quality"]] == "bad")
  }

  @Test("what a real KubeEdge edge sent is understood")
  func captured() throws {
    let content = try JSONValue(
      parsing: """
        {"event_id":"bea38737-8ba4-4294-835d-63b57643649c","timestamp":1795350817907,"twin":{"temperature":{"expected":
        {"value":"30","metadata":{"timestamp":1795350817899}},"actual":{"value":"22","metadata":{"timestamp":1795350817899}},
        "optional":true,"metadata":{"type":"int"},"expected_version":{"cloud":0,"edge":1},"actual_version":{"cloud":0,"edge":2}}}}
        """)
    let property = try #require(TwinReport(edgeUpdatedContent: content)?.properties[Sample.temperature])
    #expect(property.reported?.value == "22")
    #expect(property.desired?.value == "30")
    #expect(property.type == "int")
    #expect(property.reported?.timestamp == Timestamp(millisecondsSinceEpoch: 1_795_350_817_899))
  }

  @Test("the entries of DeviceStatus are read back without loss, metadata is text only")
  func deviceStatus() throws {
    let report = TwinReport(of: try twin())
    let twins = report.deviceStatusTwins
    #expect(TwinReport(deviceStatusTwins: twins) == report)
    for entry in try #require(twins.arrayValue) {
      for side in ["reported", "observedDesired"] {
        for (_, value) in entry[path: [side, "metadata"]]?.objectValue ?? [:] { #expect(value.stringValue != nil) }
      }
    }
  }

  @Test("a report that comes late or twice changes nothing; one with news does; the rest of the object stays")
  func applied() throws {
    var status = try Sample.object(
      #"{"apiVersion":"devices.kubeedge.io/v1beta1","kind":"DeviceStatus","metadata":{"name":"sensor-01"},"status":{"extensions":{"k":"v"}}}"#
    )
    var twin = try twin()
    let early = TwinReport(of: twin)
    _ = twin.readingsArrived([Sample.temperature: .value(.int(23))], now: Sample.time(9))
    let late = TwinReport(of: twin)
    #expect(early.apply(to: &status))
    #expect(!early.apply(to: &status))
    #expect(late.apply(to: &status))
    let settled = status
    #expect(!early.apply(to: &status))
    #expect(status == settled)
    #expect(
      TwinReport(deviceStatusTwins: status["status", "twins"]).properties[Sample.temperature]?.reported?.value == "23")
    #expect(status["status", "extensions", "k"] == "v")
  }

  @Test("a report may be limited to what changed")
  func partial() throws {
    #expect(TwinReport(of: try twin(), only: [Sample.temperature]).properties.count == 1)
  }

  @Test("the state of a device travels as KubeEdge sends it")
  func state() throws {
    let captured = try JSONValue(
      parsing:
        #"{"event_id":"3c0b5c98","timestamp":1795350823028,"device":{"name":"dev-1","state":"online","lastOnlineTime":"2026-11-22T12:33:43Z"}}"#
    )
    let report = try #require(DeviceStateReport(content: captured))
    #expect(
      report
        == DeviceStateReport(
          deviceName: "dev-1", state: .online, lastOnline: Timestamp(rfc3339: "2026-11-22T12:33:43Z")))
    let content = report.content(
      eventID: UniqueID(rawValue: "3c0b5c98"), now: Timestamp(millisecondsSinceEpoch: 1_795_350_823_028))
    #expect(content == captured)
    #expect(DeviceStateReport(content: ["device": ["name": "x", "state": "sleeping"]]) == nil)
    var status = UnstructuredObject(
      apiVersion: "devices.kubeedge.io/v1beta1", kind: "DeviceStatus", name: "dev-1", namespace: "default")
    #expect(report.apply(to: &status))
    #expect(!report.apply(to: &status))
    #expect(status["status", "state"] == "online")
  }
}
