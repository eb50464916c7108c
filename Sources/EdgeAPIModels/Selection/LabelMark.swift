/// What tells label texts apart quickly: two words that hold the length, the beginning and the end. Up to 15 bytes that is
/// the whole text, so comparing marks is comparing texts; of longer ones it is nearly always enough to say no.
struct LabelMark: Hashable, Sendable {
  private let first: UInt64
  /// The length, at most 255, in the top byte.
  private let last: UInt64

  /// Whether equal marks mean equal texts.
  @inline(__always)
  var isExact: Bool { last >> 56 <= 15 }

  init(_ text: String) {
    self = text.utf8.withContiguousStorageIfAvailable { LabelMark($0) } ?? LabelMark(copying: text)
  }

  /// For strings of other libraries, which keep no UTF-8.
  private init(copying text: String) { self = Array(text.utf8).withUnsafeBufferPointer { LabelMark($0) } }

  private init(_ text: UnsafeBufferPointer<UInt8>) {
    let count = text.count
    func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    first = word(text.prefix(8))
    last = UInt64(min(count, 255)) << 56 | word(text.dropFirst(8).suffix(7))
  }
}

/// A key or a value of a label, with what makes it quick to compare.
struct LabelText: Hashable, Sendable {
  let mark: LabelMark
  /// In bytes.
  let length: Int
  private let isASCII: Bool
  let text: String

  init(_ text: String) {
    mark = LabelMark(text)
    length = text.utf8.count
    isASCII = text.utf8.allSatisfy { $0 < 0x80 }
    self.text = text
  }

  @inline(__always)
  func equals(_ other: LabelText) -> Bool {
    mark == other.mark && (mark.isExact || equals(other.text))
  }

  /// Whether this is `text`, which must have the same length. `==` compares ASCII by bytes, short texts as two words; of
  /// other texts it would call two spellings of one character equal.
  @inline(__always)
  func equals(_ text: String) -> Bool {
    self.text == text && (isASCII || self.text.utf8.elementsEqual(text.utf8))
  }
}
