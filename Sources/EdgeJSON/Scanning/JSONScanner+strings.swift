extension JSONScanner {
  /// Reads a string and gives it decoded.
  public mutating func readString() throws(JSONError) -> String {
    try reading { cursor throws(JSONError) in try cursor.readString() }
  }

  /// Decodes a body that ``scanString()`` returned.
  public func string(in body: Range<Int>, hasEscapes: Bool) -> String {
    bytes.withUnsafeBufferPointer { buffer in
      JSONCursor(buffer, range: start..<end, limits: limits).string(in: body, hasEscapes: hasEscapes)
    }
  }

  /// Whether a body without escapes is `text`. Telling keys apart this way makes no strings.
  @inline(__always)
  public func body(_ body: Range<Int>, is text: StaticString) -> Bool {
    guard body.count == text.utf8CodeUnitCount else { return false }
    // Sound: both ranges have the same length and are inside their buffers.
    return bytes.withUnsafeBufferPointer { buffer in
      let slice = buffer[body]
      for place in 0..<slice.count where slice[slice.startIndex &+ place] != text.utf8Start[place] { return false }
      return true
    }
  }

  /// Reads a string without decoding it. The whole string is checked: escapes, surrogate pairs, UTF-8.
  ///
  /// - Returns: the bytes between the quotes, and whether there are escapes among them.
  public mutating func scanString() throws(JSONError) -> (body: Range<Int>, hasEscapes: Bool) {
    try reading { cursor throws(JSONError) in try cursor.scanString() }
  }
}
