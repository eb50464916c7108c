// Matching is the hot path of watches and controllers. Labels are few, so both ways go through them one by one and
// compare lengths or marks first; hashing a key would cost more than looking at five.
extension LabelSelector {
  public func matches(_ labels: LabelSet) -> Bool {
    guard let conditions else { return false }
    for place in conditions.indices {
      if !Self.holds(conditions[place], labels.labels) { return false }
    }
    return true
  }

  @inline(__always)
  private static func holds(_ condition: LabelRequirement, _ labels: [LabelSet.Label]) -> Bool {
    for place in labels.indices where labels[place].mark == condition.keyMark && labels[place].key == condition.key {
      return condition.accepts(labels[place].value)
    }
    return condition.acceptsAbsence
  }

  public func matches(_ labels: [String: String]) -> Bool {
    guard let conditions else { return false }
    // The bits of one word remember which conditions hold.
    guard labels.count <= 12, conditions.count <= 64 else { return conditions.allSatisfy { $0.matches(labels) } }
    var holding: UInt64 = 0
    for place in conditions.indices where conditions[place].acceptsAbsence { holding |= 1 << UInt64(place) }
    for (key, value) in labels {
      let length = key.utf8.count
      for place in conditions.indices
      where conditions[place].key.utf8.count == length && conditions[place].key == key {
        // No other label has this key, so the answer is final.
        if !conditions[place].accepts(value) { return false }
        holding |= 1 << UInt64(place)
      }
    }
    return holding.nonzeroBitCount == conditions.count
  }
}
