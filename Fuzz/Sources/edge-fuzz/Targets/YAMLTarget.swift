import EdgeJSON

@testable import EdgeAPIModelsYAML

/// The scanner against libyaml, and the writer against both.
func fuzzYAML(_ bytes: [UInt8]) {
  guard String(validating: bytes, as: UTF8.self) != nil else {
    require((try? KubernetesYAML.value(parsing: bytes)) == nil, "invalid UTF-8 was read")
    return
  }
  // Yams drops a byte order mark at the beginning of a text, however it is spelt.
  let text = String(decoding: bytes, as: UTF8.self)
  if text.unicodeScalars.contains("\u{FEFF}") || text.lowercased().contains("feff") { return }
  guard let documents = try? YAMLDocument.split(bytes, source: "fuzz") else { return }
  for document in documents {
    let complete: Result<YAMLDocument.Root?, any Error> = Result { try document.completeRoot() }
    switch (document.scanned(), complete) {
    case (.success(let ours), .success(let theirs)):
      require(
        ours?.value == theirs?.value,
        "\(ours?.value.text ?? "nothing") where the other reads \(theirs?.value.text ?? "nothing")")
      require(ours?.line == theirs?.line && ours?.itemLines == theirs?.itemLines, "other lines")
    case (.success(let ours), .failure(let error)):
      // Yams compares keys by characters: two spellings of one letter are one key there, and two in JSON.
      require(
        "\(error)".contains("duplicate key"), "\(ours?.value.text ?? "nothing") where the other refuses: \(error)")
    case (.failure(let refusal), .success(let theirs)):
      require(
        refusal.kind == .unsupported,
        "refused (\(refusal.reason)) where the other reads \(theirs?.value.text ?? "nothing")")
    case (.failure, .failure): break
    }
    if let value = try? document.root()?.value { writeAndRead(value) }
  }
}

private func writeAndRead(_ value: JSONValue) {
  let text = KubernetesYAML.encode(value)
  let again = try? KubernetesYAML.value(parsing: text)
  require(again == value, "\(value) is written as\n\(text)and reads back as \(again?.text ?? "nothing")")
  if let document = try? YAMLDocument.split(Array(text.utf8), source: "fuzz").first,
    let other = try? document.completeRoot()
  {
    require(other.value == value, "\(value) is written as\n\(text)and libyaml reads \(other.value)")
  }
}
