/// Reads the head of a message in the one form that Go's encoder (and ours) writes: fixed order, no white space. That is
/// nearly every message there is, and reading it costs a tenth of the general way, which takes whatever is not in it.
struct GoForm {
  private let buffer: UnsafeRawBufferPointer
  private var position = 0

  /// Fills `layout` and gives the index at which the content begins; nil, with `layout` half filled, for other forms.
  static func head(of bytes: [UInt8], into layout: inout MessageLayout) -> Int? {
    // Sound: the reader does not outlive the closure, and every load is checked against the count.
    bytes.withUnsafeBytes { buffer in
      var reader = GoForm(buffer: buffer)
      return reader.head(into: &layout) ? reader.position : nil
    }
  }

  private init(buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  private mutating func head(into layout: inout MessageLayout) -> Bool {
    guard skip("{\"header\":{\"msg_id\":\""), text(&layout.id),
      !skip(",\"parent_msg_id\":\"") || text(&layout.parentID),
      skip(",\"timestamp\":"), integer(&layout.timestampMilliseconds),
      !skip(",\"resourceversion\":\"") || text(&layout.resourceVersion)
    else { return false }
    layout.sync = skip(",\"sync\":true")
    guard !skip(",\"type\":\"") || text(&layout.type), skip("},\"route\":{") else { return false }
    let start = position
    guard member("source\":\"", after: start, &layout.source),
      member("destination\":\"", after: start, &layout.destination),
      member("group\":\"", after: start, &layout.group), member("operation\":\"", after: start, &layout.operation),
      member("resource\":\"", after: start, &layout.resource)
    else { return false }
    return skip("},\"content\":")
  }

  /// An optional member of the route. False when it is there and is not plain text.
  private mutating func member(_ name: StaticString, after start: Int, _ target: inout MessageLayout.Text) -> Bool {
    let before = position
    if position > start, !skip(",") { return true }
    guard skip("\""), skip(name) else {
      position = before
      return true
    }
    return text(&target)
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position &+ count <= buffer.count else { return false }
    // Sound: the word is ASCII and `count` bytes long, and so much was just found in the buffer.
    let literal = UnsafeRawBufferPointer(start: word.utf8Start, count: count)
    var place = 0
    while place &+ 8 <= count {
      let expected = literal.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      guard buffer.loadUnaligned(fromByteOffset: position &+ place, as: UInt64.self) == expected else { return false }
      place &+= 8
    }
    while place < count {
      guard buffer[position &+ place] == literal[place] else { return false }
      place &+= 1
    }
    position &+= count
    return true
  }

  /// Printable ASCII without escapes, up to the closing quote.
  private mutating func text(_ target: inout MessageLayout.Text) -> Bool {
    let start = position
    var cursor = start
    while cursor &+ 8 <= buffer.count {
      let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
      let topBits: UInt64 = 0x8080_8080_8080_8080
      // Exact in the lowest lane that answers, and only that one counts.
      let control = (word &- 0x2020_2020_2020_2020) & ~word & topBits
      let stops =
        StructuralScan.lanes(of: word, equal: 0x22) | StructuralScan.lanes(of: word, equal: 0x5C) | control
        | (word & topBits)
      if stops != 0 {
        cursor &+= stops.trailingZeroBitCount / 8
        guard buffer[cursor] == 0x22 else { return false }
        target = MessageLayout.Text(
          lower: Int32(truncatingIfNeeded: start), upper: Int32(truncatingIfNeeded: cursor), hasEscapes: false)
        position = cursor &+ 1
        return true
      }
      cursor &+= 8
    }
    return false
  }

  /// Up to 18 digits without a leading zero; other numbers take the general way.
  private mutating func integer(_ target: inout Int64) -> Bool {
    let start = position
    var value: Int64 = 0
    while position < buffer.count, buffer[position] &- 0x30 < 10, position &- start < 19 {
      value = value &* 10 &+ Int64(buffer[position] &- 0x30)
      position &+= 1
    }
    let digits = position &- start
    guard digits > 0, digits < 19, digits == 1 || buffer[start] != 0x30 else { return false }
    target = value
    return true
  }
}
