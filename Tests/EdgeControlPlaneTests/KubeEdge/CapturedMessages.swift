#if Networking && canImport(Glibc)
import EdgePrimitives
import EdgeTransport
import Foundation
import Testing

/// Messages that a real CloudCore and a real EdgeCore have exchanged, as bytes; the folder may be replaced by
/// `$EDGE_KUBEEDGE_CAPTURE`.
enum Captured {
  static func bytes(_ name: String) throws -> [UInt8] {
    let folder =
      ProcessInfo.processInfo.environment["EDGE_KUBEEDGE_CAPTURE"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "EdgeTransportTests/Fixtures/kubeedge-capture")
    return try Array(Data(contentsOf: folder.appending(path: name + ".json")))
  }

  static func message(_ name: String, replacing replaced: [(String, String)] = []) throws -> EdgeMessage {
    var text = String(decoding: try bytes(name), as: UTF8.self)
    for (old, new) in replaced {
      #expect(text.contains(old), "\(name) has no \(old)")
      text = text.replacingOccurrences(of: old, with: new)
    }
    return try EdgeMessage(decoding: Array(text.utf8))
  }
}

extension EdgeMessage {
  /// The bytes on the wire with the two things that are new each time, the id and the time, replaced by words.
  var form: String {
    var message = self
    message.header.id = "ID"
    message.header.timestampMilliseconds = 0
    return String(decoding: message.encoded(), as: UTF8.self).replacingOccurrences(of: "\n", with: "")
  }
}
#endif
