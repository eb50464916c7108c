/// Grows by itself and is written without an array's checks; for encoders on the hot path.
///
/// Sound: it owns its memory, every write is preceded by a reservation, and the type cannot be copied.
@frozen
@usableFromInline
package struct ByteSink: ~Copyable {
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline package var count = 0
  @usableFromInline var capacity: Int
  @usableFromInline var scratch: [UInt8] = []

  package init(reservingCapacity capacity: Int = 512) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  @inlinable @inline(__always)
  mutating func reserve(_ more: Int) {
    if capacity &- count < more { grow(more) }
  }

  @usableFromInline @inline(never)
  mutating func grow(_ more: Int) {
    capacity = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
  }

  @inlinable @inline(__always)
  package mutating func put(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count &+= 1
  }

  @inlinable @inline(__always)
  package mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).update(from: source, count: bytes.count)
    count &+= bytes.count
  }

  /// Puts bytes that have room for seven more behind them, without a call.
  @inlinable @inline(__always)
  package mutating func put(padded bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count &+ 8)
    var offset = 0
    while offset < bytes.count {
      let word = UnsafeRawPointer(source + offset).loadUnaligned(as: UInt64.self)
      UnsafeMutableRawPointer(base + (count &+ offset)).storeBytes(of: word, as: UInt64.self)
      offset &+= 8
    }
    count &+= bytes.count
  }

  package mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { put($0) } }

  /// Puts what `body` appends to an array that is kept for this purpose.
  package mutating func put(_ body: (inout [UInt8]) -> Void) {
    scratch.removeAll(keepingCapacity: true)
    body(&scratch)
    put(scratch)
  }

  /// The literal must be stored as bytes, as ASCII literals of more than one character are.
  @inlinable @inline(__always)
  package mutating func put(_ text: StaticString) {
    put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// `"name":`
  @inline(__always)
  package mutating func putKey(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    reserve(length &+ 3)
    base[count] = JSONByte.quote
    (base + count + 1).update(from: name.utf8Start, count: length)
    base[count &+ length &+ 1] = JSONByte.quote
    base[count &+ length &+ 2] = JSONByte.colon
    count &+= length &+ 3
  }

  package mutating func put(integer value: Int64) {
    reserve(20)
    if value >= 0, value < 10 {
      base[count] = 0x30 &+ UInt8(truncatingIfNeeded: value)
      count &+= 1
      return
    }
    if value < 0 {
      base[count] = UInt8(ascii: "-")
      count &+= 1
    }
    var digits = 1
    var bound: UInt64 = 10
    while digits < 20, value.magnitude >= bound {
      digits &+= 1
      let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
      if overflow { break }
      bound = next
    }
    var rest = value.magnitude
    var place = count &+ digits
    while place > count {
      place &-= 1
      base[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count &+= digits
  }

  package mutating func put(varint value: UInt64) {
    reserve(10)
    var rest = value
    while rest >= 0x80 {
      base[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count &+= 1
      rest >>= 7
    }
    base[count] = UInt8(truncatingIfNeeded: rest)
    count &+= 1
  }

  package mutating func put(text: String) {
    var text = text
    text.withUTF8 { put($0) }
  }

  /// The length of the text as a varint, and the text.
  package mutating func put(delimited text: String) {
    var text = text
    text.withUTF8 { bytes in
      put(varint: UInt64(bytes.count))
      put(bytes)
    }
  }

  /// The text between quotes with its escapes.
  @inline(__always)
  package mutating func put(jsonString text: String, escaping: JSONEscaping) {
    var text = text
    text.withUTF8 { put(jsonString: $0, escaping: escaping) }
  }

  package mutating func put(jsonString text: UnsafeBufferPointer<UInt8>, escaping: JSONEscaping) {
    reserve(text.count &+ 2)
    guard copy(plain: text, to: base + count + 1, escaping: escaping) else {
      var escaped: [UInt8] = []
      JSONWriter.append(utf8: text, escaping: escaping, to: &escaped)
      return put(escaped)
    }
    base[count] = JSONByte.quote
    base[count &+ text.count &+ 1] = JSONByte.quote
    count &+= text.count &+ 2
  }

  /// Copies a text that needs no escapes; false when it does. Sound: the caller has made room for the text.
  @inline(__always)
  private func copy(
    plain text: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>, escaping: JSONEscaping
  ) -> Bool {
    let source = UnsafeRawBufferPointer(text)
    var cursor = 0
    if source.count < 8 {
      while cursor < source.count {
        let byte = source[cursor]
        if ByteLanes.isEscaped(byte, escaping) { return false }
        target[cursor] = byte
        cursor &+= 1
      }
      return true
    }
    // Eight bytes a step; the last step overlaps the one before it.
    while true {
      let word = source.loadUnaligned(fromByteOffset: cursor, as: UInt64.self)
      let stops = ByteLanes.escapes(UInt64(littleEndian: word), escaping)
      if stops != 0 { return false }
      UnsafeMutableRawPointer(target + cursor).storeBytes(of: word, as: UInt64.self)
      if cursor &+ 8 == source.count { return true }
      cursor = min(cursor &+ 8, source.count &- 8)
    }
  }

  /// Removes the byte that was put last if it is `byte`.
  @inlinable @inline(__always)
  package mutating func drop(last byte: UInt8) {
    if count > 0, base[count &- 1] == byte { count &-= 1 }
  }

  /// Puts the length of everything behind `start` there, as a varint. One byte must have been left free for it.
  package mutating func insertLength(at start: Int) {
    let length = count &- start &- 1
    if length < 0x80 {
      base[start] = UInt8(truncatingIfNeeded: length)
      return
    }
    var width = 1
    while length >> (7 &* width) > 0 { width &+= 1 }
    reserve(width)
    // The regions overlap; `update` moves as if through a copy.
    (base + start + width).update(from: base + start + 1, count: length)
    let end = count &+ width &- 1
    count = start
    put(varint: UInt64(length))
    count = end
  }
}
