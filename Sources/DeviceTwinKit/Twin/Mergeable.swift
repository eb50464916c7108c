/// A register of which the greater one wins.
///
/// Taking the maximum of a total order is commutative, associative and idempotent; a merge built from nothing else is
/// so as well, whatever the order and number of deliveries. That only holds when the order tells any two different
/// values apart, so it ends with a canonical text of all that the timestamps do not cover.
protocol Mergeable: Equatable {
  var mergeOrder: MergeOrder { get }
}

struct MergeOrder: Comparable {
  var first: HybridTimestamp
  var second: HybridTimestamp
  var rest: String

  static func < (left: MergeOrder, right: MergeOrder) -> Bool {
    if left.first != right.first { return left.first < right.first }
    if left.second != right.second { return left.second < right.second }
    return left.rest < right.rest
  }
}

extension Mergeable {
  static func merged(_ left: Self?, _ right: Self?) -> Self? {
    guard let left, let right else { return left ?? right }
    return left.mergeOrder < right.mergeOrder ? right : left
  }
}

extension PropertyValue {
  /// A text that differs for any two different values, of whatever type.
  var canonicalText: String { "\(typeName):\(exactText)" }

  var typeName: String {
    switch self {
    case .int: "int"
    case .double: "double"
    case .bool: "bool"
    case .string: "string"
    case .bytes: "bytes"
    }
  }

  /// Like ``text``, but a double keeps its sign of zero.
  var exactText: String {
    if case .double(let value) = self { value.description } else { text }
  }
}
