import EdgeJSON

/// Whatever is accepted reads back the same from every style of writing, and is accepted by the scanner that builds
/// nothing; whatever is refused is refused by it too.
func fuzzJSON(_ bytes: [UInt8]) {
  let limits = JSONLimits(duplicateKeys: .lastWins)
  let isSkipped = (try? skip(bytes, limits)) != nil
  guard let value = try? JSONValue(parsing: bytes, limits: limits) else {
    require(!isSkipped, "skipped, but not parsed")
    return
  }
  require(isSkipped, "parsed, but not skipped")
  for style in [JSONStyle.compact, .pretty, .canonical, .go] {
    let written = value.serialized(style)
    let again = try? JSONValue(parsing: written)
    require(again == value, "\(style): \(String(decoding: written, as: UTF8.self)) reads back as \(again?.text ?? "-")")
  }
  if let strict = try? JSONValue(parsing: bytes) { require(strict == value, "duplicate keys change what has none") }
}

private func skip(_ bytes: [UInt8], _ limits: JSONLimits) throws {
  var scanner = JSONScanner(bytes, limits: limits)
  try scanner.skipValue()
  try scanner.finish()
}
