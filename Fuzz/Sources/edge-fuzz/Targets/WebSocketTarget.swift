import EdgePrimitives

@testable import EdgeTransport

/// However a stream is cut, the same events come out of it, nothing comes after its end, and every message is what its kind
/// says and reads back from the frame that is written for it.
///
/// The first byte of the input chooses the role and the length of the pieces.
func fuzzWebSocket(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let expectsMask = choice & 1 == 1
  let stream = bytes.dropFirst()
  let whole = events(of: [stream], expectsMask)
  var pieces: [ArraySlice<UInt8>] = []
  let length = Int(choice >> 1 & 31) + 1
  var rest = stream
  while !rest.isEmpty {
    pieces.append(rest.prefix(length))
    rest = rest.dropFirst(length)
  }
  // Text is refused at the octet that breaks it, so a length that is too long may be seen before or after that.
  require(whole == events(of: pieces, expectsMask), "other events when the stream is cut into pieces of \(length)")
  for (place, event) in whole.enumerated() {
    switch event {
    case .message(let message):
      require(message.bytes.count <= maximumBytes, "a message over the limit")
      if message.kind == .text {
        require(String(validating: message.bytes, as: UTF8.self) != nil, "text that is not UTF-8")
      }
      require(written(message, masked: expectsMask) == [.message(message)], "another message reads back")
    case .close, .violation: require(place == whole.count - 1, "something after the end")
    case .ping(let payload), .pong(let payload): require(payload.count <= 125, "a long control frame")
    }
  }
}

private let maximumBytes = 600

private func events(of pieces: [ArraySlice<UInt8>], _ expectsMask: Bool) -> [WebSocketReader.Event] {
  var reader = WebSocketReader(maximumMessageBytes: maximumBytes, expectsMask: expectsMask)
  var events: [WebSocketReader.Event] = []
  for piece in pieces {
    piece.withUnsafeBytes { reader.receive($0) { events.append($0) } }
    require(reader.heldBytes <= maximumBytes, "more is held than a message may have")
  }
  return events
}

private struct Zero: EntropySource {
  func next() -> UInt64 { 0 }
}

private func written(_ message: WebSocketMessage, masked: Bool) -> [WebSocketReader.Event] {
  var writer = WebSocketWriter(masks: masked, entropy: Zero())
  var wire = [UInt8](repeating: 0, count: message.bytes.count + WebSocketWriter.maximumHeaderBytes)
  let count = wire.withUnsafeMutableBytes { target in
    message.bytes.withUnsafeBytes { writer.write(message.kind == .text ? .text : .binary, $0, into: target) }
  }
  return events(of: [wire[..<count]], masked)
}
