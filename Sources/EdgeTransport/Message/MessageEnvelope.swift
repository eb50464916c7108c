import EdgeJSON

/// A message of which only header and route have been read: what a hub needs to route it.
///
/// It keeps the received bytes and where the parts stand in them; its properties make strings when asked, and none of
/// those up to 15 bytes long allocates. The content's end is found by its structure alone. That is safe for passing
/// the bytes on; whoever uses the content parses it, and refuses it there if it is no JSON.
public struct MessageEnvelope: Hashable, Sendable {
  /// The message as it came.
  public let bytes: [UInt8]
  private let layout: MessageLayout

  public init(decoding bytes: [UInt8], limits: MessageLimits = .default) throws(MessageError) {
    layout = try MessageLayout(of: bytes, limits: limits, reading: .bounded)
    self.bytes = bytes
  }

  public var id: String { layout.id.string(in: bytes) }
  public var parentID: String { layout.parentID.string(in: bytes) }
  public var timestampMilliseconds: Int64 { layout.timestampMilliseconds }
  public var resourceVersion: String { layout.resourceVersion.string(in: bytes) }
  public var source: String { layout.source.string(in: bytes) }
  public var group: String { layout.group.string(in: bytes) }
  public var operation: MessageOperation { MessageOperation(layout.operation.string(in: bytes)) }
  public var resource: String { layout.resource.string(in: bytes) }

  public var header: MessageHeader { layout.header(in: bytes) }
  public var route: MessageRoute { layout.route(in: bytes) }

  /// Where the content stands in ``bytes``; empty when the message has none.
  public var contentRange: Range<Int> { layout.content }

  /// The whole message, its content now checked.
  public func message(limits: MessageLimits = .default) throws(MessageError) -> EdgeMessage {
    EdgeMessage(header: header, route: route, content: try checkedContent(limits: limits))
  }

  private func checkedContent(limits: MessageLimits) throws(MessageError) -> MessageContent {
    guard !layout.content.isEmpty else { return .null }
    do throws(JSONError) {
      var scanner = JSONScanner(bytes, range: layout.content, limits: limits.json)
      try scanner.skipValue()
      try scanner.finish()
    } catch {
      throw MessageError(error, start: layout.content.lowerBound)
    }
    return MessageContent(json: Array(bytes[layout.content]))
  }
}

extension MessageLayout.Text {
  func string(in bytes: [UInt8]) -> String {
    let body = Int(lower)..<Int(upper)
    guard hasEscapes else { return String(decoding: bytes[body], as: UTF8.self) }
    // The quotes stand around every body that was read, and the escapes have been checked.
    var scanner = JSONScanner(bytes, range: body.lowerBound - 1..<body.upperBound + 1)
    return (try? scanner.readString()) ?? ""
  }
}

extension MessageLayout {
  func header(in bytes: [UInt8]) -> MessageHeader {
    MessageHeader(
      id: id.string(in: bytes), parentID: parentID.string(in: bytes), timestampMilliseconds: timestampMilliseconds,
      resourceVersion: resourceVersion.string(in: bytes), sync: sync, type: type.string(in: bytes))
  }

  func route(in bytes: [UInt8]) -> MessageRoute {
    MessageRoute(
      source: source.string(in: bytes), destination: destination.string(in: bytes), group: group.string(in: bytes),
      operation: MessageOperation(operation.string(in: bytes)), resource: resource.string(in: bytes))
  }
}
