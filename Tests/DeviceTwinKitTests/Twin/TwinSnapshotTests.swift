import DeviceTwinKit
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("Twin snapshots")
struct TwinSnapshotTests {
  private func snapshot() throws -> TwinSnapshot {
    var twin = Sample.twin()
    _ = twin.apply(try Sample.definition(desired: "25"), now: Sample.time(0))
    _ = twin.deviceConnected(now: Sample.time(1))
    _ = twin.readingsArrived(
      [Sample.temperature: .value(.int(20)), Sample.setPoint: .value(.int(21))], now: Sample.time(1))
    _ = twin.readingsArrived([Sample.temperature: .bad(reason: "\"odd\"\n")], now: Sample.time(2))
    return twin.snapshot
  }

  @Test("a snapshot is read back as it was")
  func roundTrip() throws {
    let snapshot = try snapshot()
    #expect(try TwinSnapshot(bytes: snapshot.bytes) == snapshot)
  }

  @Test("a snapshot cut anywhere, or with a member missing, is refused as damaged")
  func damaged() throws {
    let bytes = try snapshot().bytes
    for count in 0..<bytes.count {
      #expect(throws: TwinError.self) { try TwinSnapshot(bytes: Array(bytes[..<count])) }
    }
    let root = try JSONValue(parsing: bytes)
    for key in try #require(root.objectValue).keys {
      var broken = root
      broken[key] = nil
      #expect(throws: TwinError.self, "\(key)") { try TwinSnapshot(bytes: broken.serialized()) }
    }
  }

  @Test("a snapshot of a later format is refused by that name")
  func format() throws {
    var root = try JSONValue(parsing: try snapshot().bytes)
    root["format"] = 2
    #expect { try TwinSnapshot(bytes: root.serialized()) } throws: { ($0 as? TwinError)?.code == .unknownFormat }
  }

  @Test("values restored from a snapshot are stale until the device confirms them")
  func stale() throws {
    let twin = Sample.twin(restoring: try snapshot())
    #expect(twin.properties[Sample.setPoint]?.reported?.quality == .stale)
    #expect(twin.state == .unknown)
  }
}
