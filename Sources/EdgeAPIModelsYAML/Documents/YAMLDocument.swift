import EdgeJSON

/// The text of one document inside a file.
///
/// A file is cut at its `---` lines before any parser sees it. That is what YAML says (at the beginning of a line the
/// marker ends even a block of text) and what kubectl does; and it keeps the anchors of one document out of the others.
struct YAMLDocument {
  let source: String
  /// Valid UTF-8.
  let bytes: ArraySlice<UInt8>
  /// Lines of the file before this text.
  let linesBefore: Int

  struct Root {
    let value: JSONValue
    let line: Int
    /// Where the elements of the member `items` begin.
    let itemLines: [Int]
  }

  static func split(_ text: [UInt8], source: String) throws(ManifestError) -> [YAMLDocument] {
    if text.count > KubernetesYAML.maximumBytes {
      throw ManifestError(
        source: source, message: "\(text.count) bytes, more than the limit of \(KubernetesYAML.maximumBytes)")
    }
    var documents: [YAMLDocument] = []
    // A byte order mark is no part of the text.
    let first = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var start = first
    var startLine = 0
    // Directives and comments stand before the marker of their document.
    var isDirectivesOnly = true
    var line = first
    var number = 0
    text.withUnsafeBufferPointer { bytes in
      while line < bytes.count {
        let next = LineEnds.first(in: bytes, from: line)
        let isMarker =
          bytes[line] == UInt8(ascii: "-") && line + 2 < bytes.count && bytes[line + 1] == UInt8(ascii: "-")
          && bytes[line + 2] == UInt8(ascii: "-")
          && (line + 3 == bytes.count || [0x20, 0x09, 0x0D, 0x0A].contains(bytes[line + 3]))
        if isMarker {
          if !isDirectivesOnly || line == first {
            if line > start {
              documents.append(YAMLDocument(source: source, bytes: text[start..<line], linesBefore: startLine))
            }
            start = line
            startLine = number
          }
          isDirectivesOnly = false
        } else if isDirectivesOnly, ![0x25, 0x23, 0x0D, 0x0A].contains(bytes[line]) {
          isDirectivesOnly = false
        }
        line = next + 1
        number += 1
      }
    }
    return documents + [YAMLDocument(source: source, bytes: text[start...], linesBefore: startLine)]
  }

  /// The value of the document; nil when there is nothing in it.
  func root() throws(ManifestError) -> Root? {
    if let json = jsonRoot() { return json }
    let refusal: Refusal
    switch scanned() {
    case .success(let root): return root
    case .failure(let error): refusal = error
    }
    #if YAML
    if refusal.kind != .limit { return try completeRoot() }
    #endif
    throw ManifestError(
      source: source, line: line(at: refusal.offset, in: bytes),
      message: refusal.kind == .unsupported ? "\(refusal.reason): only read with the trait YAML" : refusal.reason)
  }

  /// JSON is read by the JSON parser where it applies: YAML's escapes know no surrogate pairs.
  private func jsonRoot() -> Root? {
    guard let start = bytes.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
      bytes[start] == UInt8(ascii: "{"),
      let value = try? JSONValue(parsing: bytes)
    else { return nil }
    return Root(value: value, line: line(at: start - bytes.startIndex, in: bytes), itemLines: [])
  }

  /// What ``ManifestScanner`` says.
  func scanned() -> Result<Root?, Refusal> {
    guard let clean = DocumentBytes(bytes) else {
      return .failure(Refusal(.unsupported, "control characters are not allowed", at: 0))
    }
    return clean.bytes.withUnsafeBufferPointer { buffer in
      var scanner = ManifestScanner(buffer)
      do throws(Refusal) {
        guard let value = try scanner.document(), !value.isNull else { return .success(nil) }
        return .success(
          Root(
            value: value, line: line(at: scanner.rootStart, in: clean.bytes[...]),
            itemLines: lines(at: scanner.itemStarts, in: buffer)))
      } catch {
        return .failure(error)
      }
    }
  }

  private func line(at offset: Int, in bytes: ArraySlice<UInt8>) -> Int {
    linesBefore + 1 + bytes.prefix(offset).count { $0 == 0x0A }
  }

  /// The lines of several places in ascending order, in one pass.
  private func lines(at offsets: [Int], in bytes: UnsafeBufferPointer<UInt8>) -> [Int] {
    var place = 0
    var line = linesBefore + 1
    return offsets.map { offset in
      while place < offset {
        if bytes[place] == 0x0A { line += 1 }
        place += 1
      }
      return line
    }
  }
}
