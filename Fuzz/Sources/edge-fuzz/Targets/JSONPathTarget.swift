import EdgeAPIModels
import EdgeJSON

/// A path of any text ends on any value. The first line of the input is the path, the rest the value.
func fuzzJSONPath(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  guard let template = parts.first.flatMap({ String(validating: $0, as: UTF8.self) }) else { return }
  let value = parts.count > 1 ? (try? JSONValue(parsing: Array(parts[1]))) ?? .null : .null
  let limits = JSONPath.Limits(maximumValues: 200_000, maximumTextBytes: 1 << 20)
  for missingKeys in [JSONPath.MissingKeys.ignored, .refused] {
    if let path = try? JSONPath(parsing: template, missingKeys: missingKeys, limits: limits) {
      require((try? JSONPath(parsing: path.description)) != nil, "\(template) is refused the second time")
      let results = try? path.results(in: value)
      require(results == (try? path.results(in: value)), "\(template) finds something else the second time")
      if let text = try? path.text(in: value) {
        require(text.utf8.count <= limits.maximumTextBytes, "\(text.utf8.count) bytes of text")
      }
    }
  }
  if let path = try? JSONPath(relaxed: template, limits: limits) { _ = try? path.results(in: value) }
}
