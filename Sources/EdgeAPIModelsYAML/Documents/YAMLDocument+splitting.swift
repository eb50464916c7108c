extension YAMLDocument {
  /// Cuts a file into its documents.
  ///
  /// A file is cut before its `---` lines and behind its `...` lines before any parser sees it. That is what YAML says (at
  /// the beginning of a line a marker ends even a block of text) and, for `---`, what kubectl does; and it keeps the
  /// anchors of one document out of the others.
  ///
  /// - Parameter text: valid UTF-8.
  static func split(_ text: [UInt8], source: String) throws(ManifestError) -> [YAMLDocument] {
    if text.count > KubernetesYAML.maximumBytes {
      throw ManifestError(
        source: source, message: "\(text.count) bytes, more than the limit of \(KubernetesYAML.maximumBytes)")
    }
    // A byte order mark is no part of the text.
    var cutter = Cutter(start: text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    text.withUnsafeBufferPointer { cutter.read($0) }
    return cutter.cuts.map { cut in
      YAMLDocument(source: source, bytes: text[cut.range], linesBefore: cut.linesBefore)
    }
  }
}

private struct Cutter {
  private(set) var cuts: [(range: Range<Int>, linesBefore: Int)] = []
  /// Where the document that is being read begins.
  private var start: Int
  private var startLine = 0
  /// Whether only directives, comments and empty lines have been read of it: they stand before its marker.
  private var isDirectivesOnly = true
  /// Whether a marker has begun or ended a document.
  private var hasMarkers = false

  init(start: Int) { self.start = start }

  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    var line = start
    var number = 0
    while line < bytes.count {
      let next = min(LineEnds.first(in: bytes, from: line) + 1, bytes.count)
      switch bytes[line] {
      case UInt8(ascii: "-") where isMarker(bytes, line):
        if !isDirectivesOnly { cut(before: line, number) }
        isDirectivesOnly = false
        hasMarkers = true
      case UInt8(ascii: ".") where isMarker(bytes, line):
        if !isDirectivesOnly {
          cut(before: next, number + 1)
        } else if hasMarkers, start == line {
          // One marker more behind the end of a document.
          start = next
          startLine = number + 1
        } else {
          isDirectivesOnly = false
        }
        hasMarkers = true
      case UInt8(ascii: "%"), UInt8(ascii: "#"), 0x0D, 0x0A: break
      default: isDirectivesOnly = false
      }
      line = next
      number += 1
    }
    cut(before: bytes.count, number)
  }

  private mutating func cut(before end: Int, _ line: Int) {
    if end > start { cuts.append((start..<end, startLine)) }
    start = end
    startLine = line
    isDirectivesOnly = true
  }

  /// Whether the line begins with three of its first sign and a blank.
  private func isMarker(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int) -> Bool {
    guard line + 2 < bytes.count, bytes[line + 1] == bytes[line], bytes[line + 2] == bytes[line] else { return false }
    return line + 3 == bytes.count || [0x20, 0x09, 0x0D, 0x0A].contains(bytes[line + 3])
  }
}
