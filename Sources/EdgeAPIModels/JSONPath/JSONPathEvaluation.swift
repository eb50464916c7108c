import EdgeJSON

/// The walk of a template through one value.
struct JSONPathEvaluation {
  /// One list for each part of the template that was met.
  private(set) var results: [[JSONValue]] = []
  private let missingKeys: JSONPath.MissingKeys
  private let limits: JSONPath.Limits
  private var visited = 0

  init(missingKeys: JSONPath.MissingKeys, limits: JSONPath.Limits) {
    self.missingKeys = missingKeys
    self.limits = limits
  }

  mutating func run(_ blocks: [JSONPathBlock], on value: JSONValue) throws(JSONPathError) {
    for block in blocks {
      try visit()
      switch block {
      case .text(let text): results.append([.string(text)])
      case .action(let nodes): results.append(try apply(nodes, to: [value]))
      case .range(let nodes, let body):
        for item in try apply(nodes, to: [value]) { try run(body, on: item) }
      }
    }
  }

  private mutating func visit(_ count: Int = 1) throws(JSONPathError) {
    visited += count
    if visited > limits.maximumValues {
      throw JSONPathError(.limitExceeded, "more than \(limits.maximumValues) values to look at")
    }
  }

  private mutating func apply(_ nodes: [JSONPathNode], to values: [JSONValue]) throws(JSONPathError) -> [JSONValue] {
    var values = values
    for node in nodes {
      try visit(values.count)
      values = try apply(node, to: values)
    }
    return values
  }

  private mutating func apply(_ node: JSONPathNode, to values: [JSONValue]) throws(JSONPathError) -> [JSONValue] {
    switch node {
    case .field(let name): return try field(name, of: values)
    case .wildcard: return try values.flatMapEach { value throws(JSONPathError) in try members(of: value) }
    case .recursive:
      var found: [JSONValue] = []
      for value in values { try collectContainers(in: value, &found) }
      return found
    case .slice(let slice):
      return try values.flatMapEach { value throws(JSONPathError) in try elements(slice, of: value) }
    case .union(let parts): return try parts.flatMapEach { part throws(JSONPathError) in try apply(part, to: values) }
    case .filter(let filter):
      return try values.flatMapEach { value throws(JSONPathError) in try elements(filter, of: value) }
    case .literal(let literal): return values.map { _ in literal }
    case .text(let text): return [.string(text)]
    }
  }

  private func field(_ name: String, of values: [JSONValue]) throws(JSONPathError) -> [JSONValue] {
    let found = values.compactMap { $0[name] }
    if found.isEmpty, !values.isEmpty, missingKeys == .refused {
      throw JSONPathError(.missingKey, "\(name) is not found")
    }
    return found
  }

  private mutating func members(of value: JSONValue) throws(JSONPathError) -> [JSONValue] {
    switch value {
    case .array(let elements):
      try visit(elements.count)
      return elements
    case .object(let object):
      try visit(object.count)
      return object.map(\.value)
    default: return []
    }
  }

  private mutating func collectContainers(in value: JSONValue, _ found: inout [JSONValue]) throws(JSONPathError) {
    let members = try members(of: value)
    if members.isEmpty { return }
    found.append(value)
    for member in members { try collectContainers(in: member, &found) }
  }

  private mutating func elements(_ slice: JSONPathSlice, of value: JSONValue) throws(JSONPathError) -> [JSONValue] {
    if value.isNull { return [] }
    guard case .array(let elements) = value else { throw JSONPathError(.notAnArray, "an index of what is no array") }
    let count = elements.count
    var start = slice.start ?? 0
    if start < 0 { start += count }
    var end = slice.end ?? count
    if end < 0 || (end == 0 && slice.isIndex) { end += count }
    if start == end { return [] }
    guard start >= 0, start < count else { throw outOfBounds(start, count) }
    guard end >= 0, end <= count else { throw outOfBounds(end - 1, count) }
    guard start < end else {
      throw JSONPathError(.indexOutOfBounds, "the slice starts at \(start), behind its end \(end)")
    }
    let step = slice.step ?? 1
    guard step > 0 else { throw JSONPathError(.indexOutOfBounds, "the step of a slice is positive") }
    try visit(end - start)
    return stride(from: start, to: end, by: step).map { elements[$0] }
  }

  private func outOfBounds(_ index: Int, _ count: Int) -> JSONPathError {
    JSONPathError(.indexOutOfBounds, "index \(index) is outside an array of \(count) elements")
  }

  private mutating func elements(_ filter: JSONPathFilter, of value: JSONValue) throws(JSONPathError) -> [JSONValue] {
    guard case .array(let elements) = value else { throw JSONPathError(.notAnArray, "a filter on what is no array") }
    var passed: [JSONValue] = []
    for element in elements where try passes(filter, element) { passed.append(element) }
    return passed
  }

  private mutating func passes(_ filter: JSONPathFilter, _ element: JSONValue) throws(JSONPathError) -> Bool {
    guard let comparison = filter.comparison else {
      do {
        return try !apply(filter.left, to: [element]).isEmpty
      } catch {
        // What cannot be reached is not there.
        if error.code == .limitExceeded { throw error }
        return false
      }
    }
    guard let left = try single(apply(filter.left, to: [element])) else { return false }
    guard let right = try single(apply(filter.right, to: [element])) else { return false }
    return try comparison.holds(left, right)
  }

  private func single(_ values: [JSONValue]) throws(JSONPathError) -> JSONValue? {
    if values.count > 1 { throw JSONPathError(.notComparable, "a filter compares one value with one") }
    return values.first
  }
}

extension JSONPathFilter.Comparison {
  func holds(_ left: JSONValue, _ right: JSONValue) throws(JSONPathError) -> Bool {
    let isEqual = try Self.areEqual(left, right)
    switch self {
    case .equal: return isEqual
    case .notEqual: return !isEqual
    case .less: return try Self.isLess(left, right)
    case .lessOrEqual: return try Self.isLess(left, right) || isEqual
    case .greater: return try !Self.isLess(left, right) && !isEqual
    case .greaterOrEqual: return try !Self.isLess(left, right)
    }
  }

  private static func areEqual(_ left: JSONValue, _ right: JSONValue) throws(JSONPathError) -> Bool {
    switch (left, right) {
    case (.bool, .bool), (.string, .string): return left == right
    case (.integer, .integer), (.integer, .number), (.number, .integer), (.number, .number):
      return left.isNumericallyEqual(to: right)
    default: throw incomparable()
    }
  }

  private static func isLess(_ left: JSONValue, _ right: JSONValue) throws(JSONPathError) -> Bool {
    switch (left, right) {
    case (.string(let left), .string(let right)): return precedes(left, right)
    case (.integer(let left), .integer(let right)): return left < right
    case (.integer, .number), (.number, .integer), (.number, .number):
      return (left.doubleValue ?? .infinity) < (right.doubleValue ?? .infinity)
    default: throw incomparable()
    }
  }

  private static func incomparable() -> JSONPathError {
    JSONPathError(.notComparable, "a filter compares two strings, two numbers or (for equality) two truth values")
  }
}

extension Array {
  fileprivate func flatMapEach<Result>(
    _ transform: (Element) throws(JSONPathError) -> [Result]
  ) throws(JSONPathError) -> [Result] {
    var results: [Result] = []
    for element in self { results.append(contentsOf: try transform(element)) }
    return results
  }
}
