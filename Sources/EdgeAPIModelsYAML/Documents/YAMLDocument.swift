import EdgeJSON

/// The text of one document inside a file.
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
    throw error(of: refusal)
  }

  /// What is said when nobody else reads the document.
  func error(of refusal: Refusal) -> ManifestError {
    ManifestError(
      source: source, line: refusal.line.map { linesBefore + $0 }, column: refusal.column,
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
      return .failure(Refusal(.unsupported, "a control character or another line break than a line feed", at: 0))
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
        return .failure(error.located(in: buffer))
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
