/// The conditions of a selector, laid out for matching, the hot path of watches and controllers.
///
/// Labels are few, so both ways go through them one by one and compare marks or lengths first: hashing one key would cost
/// more than looking at five. Conditions are read in place, field by field; copying one would cost as much as asking it.
final class LabelMatcher: Sendable {
  private struct Condition: Sendable {
    enum Question {
      case isPresent, isOneOf, isGreater, isLess
    }

    let key: LabelText
    let question: Question
    /// Whether the answer is turned round. It is also the answer for an object without the label.
    let isNegated: Bool
    /// Of ``LabelMatcher/values``.
    let valuesStart: Int
    let valuesEnd: Int
    /// What a number is compared with; nil if it is none, and then nothing is greater or less.
    let bound: Int64?
  }

  private let conditions: [Condition]
  private let values: [LabelText]
  /// A bit for the length of each key; most labels are passed by at its sight.
  private let keyLengths: UInt64
  /// A bit for each condition, if they are at most 64.
  private let all: UInt64
  private let holdingWithoutLabels: UInt64
  private let isNothing: Bool
  private let hasUniqueKeys: Bool

  /// - Parameter requirements: nil matches nothing.
  init(_ requirements: [LabelRequirement]?) {
    var values: [LabelText] = []
    let conditions = (requirements ?? []).map { requirement in
      let start = values.count
      values += requirement.values.map(LabelText.init)
      let (question, isNegated) = Self.question(requirement.operator)
      return Condition(
        key: LabelText(requirement.key), question: question, isNegated: isNegated, valuesStart: start,
        valuesEnd: values.count, bound: requirement.values.first.flatMap { Int64($0) })
    }
    self.values = values
    self.conditions = conditions
    isNothing = requirements == nil
    hasUniqueKeys = Set(conditions.map(\.key)).count == conditions.count
    keyLengths = conditions.reduce(0) { $0 | Self.bit($1.key.length) }
    all = conditions.count >= 64 ? .max : Self.bit(conditions.count) - 1
    holdingWithoutLabels = conditions.prefix(64).enumerated().reduce(0) { bits, condition in
      condition.element.isNegated ? bits | Self.bit(condition.offset) : bits
    }
  }

  func matches(_ labels: LabelSet) -> Bool {
    if isNothing { return false }
    return labels.labels.withUnsafeBufferPointer { labels in
      for place in conditions.indices where !holds(place, labels) { return false }
      return true
    }
  }

  @inline(__always)
  private func holds(_ place: Int, _ labels: UnsafeBufferPointer<LabelSet.Label>) -> Bool {
    for label in labels.indices where conditions[place].key.equals(labels[label].keyText) {
      switch conditions[place].question {
      case .isPresent: return !conditions[place].isNegated
      case .isOneOf:
        for value in conditions[place].valuesStart..<conditions[place].valuesEnd
        where values[value].equals(labels[label].valueText) {
          return !conditions[place].isNegated
        }
        return conditions[place].isNegated
      case .isGreater, .isLess: return Self.compares(labels[label].value, conditions[place])
      }
    }
    return conditions[place].isNegated
  }

  /// - Returns: nil when the labels or conditions are too many for this way.
  func matches(fewLabels labels: [String: String]) -> Bool? {
    guard labels.count <= 16, conditions.count <= 64 else { return nil }
    var holding = holdingWithoutLabels
    for (key, value) in labels {
      let length = key.utf8.count
      guard keyLengths & Self.bit(length) != 0 else { continue }
      for place in conditions.indices
      where conditions[place].key.length == length && conditions[place].key.equals(key) {
        // No other label has this key, so the answer is final.
        guard accepts(place, value) else { return false }
        holding |= Self.bit(place)
        if hasUniqueKeys { break }
      }
    }
    return holding == all && !isNothing
  }

  @inline(__always)
  private func accepts(_ place: Int, _ value: String) -> Bool {
    if conditions[place].question == .isPresent { return !conditions[place].isNegated }
    guard conditions[place].question == .isOneOf else { return Self.compares(value, conditions[place]) }
    let length = value.utf8.count
    for index in conditions[place].valuesStart..<conditions[place].valuesEnd
    where values[index].length == length && values[index].equals(value) {
      return !conditions[place].isNegated
    }
    return conditions[place].isNegated
  }

  @inline(never)
  private static func compares(_ value: String, _ condition: Condition) -> Bool {
    guard let number = Int64(value), let bound = condition.bound else { return false }
    return condition.question == .isGreater ? number > bound : number < bound
  }

  /// Lengths and places beyond 63 share the bits of smaller ones.
  private static func bit(_ number: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: number) }

  private static func question(_ kind: LabelRequirement.Operator) -> (Condition.Question, isNegated: Bool) {
    switch kind {
    case .exists: (.isPresent, false)
    case .doesNotExist: (.isPresent, true)
    case .in, .equals, .doubleEquals: (.isOneOf, false)
    case .notIn, .notEquals: (.isOneOf, true)
    case .greaterThan: (.isGreater, false)
    case .lessThan: (.isLess, false)
    }
  }
}
