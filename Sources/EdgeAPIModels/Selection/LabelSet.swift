import EdgeJSON

/// The labels of an object, ordered by the bytes of their keys.
///
/// Selectors answer faster for it than for a dictionary, because nothing is hashed: keys are told apart by a word that
/// was computed once. Make one where many selectors meet the same labels.
public struct LabelSet: Hashable, Sendable {
  public struct Label: Hashable, Sendable {
    public let key: String
    public let value: String
    let mark: LabelMark

    init(key: String, value: String) {
      self.key = key
      self.value = value
      mark = LabelMark(key)
    }
  }

  let labels: [Label]

  public init(_ labels: [String: String] = [:]) {
    self.labels = labels.map { Label(key: $0.key, value: $0.value) }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// Members that are no strings are left out.
  public init(object: JSONObject) {
    var labels: [Label] = []
    for (key, value) in object {
      if let value = value.stringValue { labels.append(Label(key: key, value: value)) }
    }
    self.labels = labels.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  public subscript(key: String) -> String? {
    let mark = LabelMark(key)
    return labels.first { $0.mark == mark && $0.key == key }?.value
  }

  public var dictionary: [String: String] {
    Dictionary(labels.map { ($0.key, $0.value) }) { first, _ in first }
  }
}

extension LabelSet: RandomAccessCollection {
  public var startIndex: Int { labels.startIndex }
  public var endIndex: Int { labels.endIndex }
  public subscript(position: Int) -> Label { labels[position] }
}

extension LabelSet: CustomStringConvertible {
  /// `app=web,tier=backend`, in the order of these texts, as `labels.Set` prints itself.
  public var description: String {
    labels.map { "\($0.key)=\($0.value)" }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .joined(separator: ",")
  }
}

extension LabelSet: ExpressibleByDictionaryLiteral {
  /// A key that is given twice keeps its last value.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init(Dictionary(elements) { _, last in last })
  }
}

/// A word that tells most keys apart: the length and the last seven bytes, where keys with one prefix differ.
struct LabelMark: Hashable, Sendable {
  private let bits: UInt64

  init(_ key: String) {
    var bits: UInt64 = 0
    let text = key.utf8
    for byte in text.suffix(7) { bits = bits << 8 | UInt64(byte) }
    self.bits = bits << 8 | UInt64(truncatingIfNeeded: text.count)
  }
}
