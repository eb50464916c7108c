import EdgeJSON

@testable import EdgeAPIModels

/// A JSON patch ends, whatever it says, and gives a value that can be written. The input is `[document, patch]`.
func fuzzJSONPatch(_ bytes: [UInt8]) {
  guard let input = try? JSONValue(parsing: bytes).arrayValue, input.count >= 2 else { return }
  for rules in [JSONPatch.Rules.kubernetes, .rfc6902] {
    guard let patch = try? JSONPatch(input[1], rules: rules, limits: JSONPatch.Limits(maximumCopiedBytes: 1 << 20)),
      let result = try? patch.apply(to: input[0])
    else { continue }
    let written = result.serialized()
    require(
      (try? JSONValue(parsing: written, limits: JSONLimits(maximumDepth: JSONLimits.greatestDepth))) == result,
      "\(result.text) does not come back")
    // What a patch has put somewhere can be tested for.
    if case .object(let last)? = input[1].arrayValue?.last, last["op"] == "replace", let path = last["path"],
      let value = last["value"],
      let test = try? JSONPatch([["op": "test", "path": path, "value": value]], rules: rules)
    {
      require((try? test.apply(to: result)) == result, "\(path.text) is not \(value.text) in \(result.text)")
    }
  }
}
