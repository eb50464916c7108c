@testable import EdgeTransport

/// A message that is accepted reads back the same from what it is written as, and the route-only reader sees what the full
/// one sees: a hub routes by the first what an edge takes by the second.
func fuzzMessage(_ bytes: [UInt8]) {
  let limits = MessageLimits(maximumBytes: 4096, maximumDepth: 64)
  let envelope = try? MessageEnvelope(decoding: bytes, limits: limits)
  guard let message = try? EdgeMessage(decoding: bytes, limits: limits) else {
    // The route-only reader leaves the content unchecked, so it may accept more; the content is then refused.
    if let envelope { require((try? envelope.message(limits: limits)) == nil, "refused, but its envelope is not") }
    return
  }
  guard let envelope else { return require(false, "accepted, but its envelope is refused") }
  require(envelope.header == message.header && envelope.route == message.route, "two routes in one message")
  require((try? envelope.message(limits: limits)) == message, "two contents in one message")
  let again = try? EdgeMessage(decoding: message.encoded())
  require(again == message, "reads back as another message: \(String(decoding: message.encoded(), as: UTF8.self))")
  _ = (message.linkRule, message.content.payload, message.content.base64Value)
  if let path = ResourcePath(message.resource) {
    require(ResourcePath(path.description) == path, "\(path) reads back as another path")
  }
}
