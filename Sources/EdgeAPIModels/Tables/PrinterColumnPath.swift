import EdgeJSON

/// The path of a printer column: members, quoted members, indices, `[*]`, and filters that compare a member with a text
/// (`.status.conditions[?(@.type=="Ready")].status`). A path of any other form finds nothing.
struct PrinterColumnPath: Sendable {
  private enum Step: Equatable, Sendable {
    case member(String)
    case index(Int)
    case all
    case filter(path: [String], value: String)
  }

  private let steps: [Step]?

  init(_ path: String) { steps = Self.steps(of: path) }

  func values(in object: JSONValue) -> [JSONValue] {
    guard let steps else { return [] }
    var values = [object]
    for step in steps {
      values = values.flatMap { value -> [JSONValue] in
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
          let elements = value.arrayValue ?? []
          let place = index < 0 ? elements.count + index : index
          return elements.indices.contains(place) ? [elements[place]] : []
        case .all: return value.arrayValue ?? value.objectValue?.map(\.value) ?? []
        case .filter(let path, let wanted):
          return (value.arrayValue ?? []).filter { element in
            guard let found = element[path: path] else { return false }
            return (found.stringValue ?? found.text) == wanted
          }
        }
      }
    }
    return values
  }

  private static func steps(of path: String) -> [Step]? {
    var steps: [Step] = []
    var rest = Substring(path)
    while let first = rest.first {
      rest.removeFirst()
      if first == "." {
        guard let name = member(&rest) else { return nil }
        if !name.isEmpty { steps.append(name == "*" ? .all : .member(name)) }
      } else if first == "[" {
        guard let step = bracket(&rest) else { return nil }
        steps.append(step)
      } else {
        return nil
      }
    }
    return steps
  }

  /// A name up to the next dot or bracket; a backslash takes the character behind it into the name.
  private static func member(_ rest: inout Substring) -> String? {
    var name = ""
    while let next = rest.first, next != ".", next != "[" {
      rest.removeFirst()
      if next == "\\" {
        guard let escaped = rest.popFirst() else { return nil }
        name.append(escaped)
      } else {
        name.append(next)
      }
    }
    return name
  }

  private static func bracket(_ rest: inout Substring) -> Step? {
    if rest.hasPrefix("?(") { return filter(&rest) }
    if let quote = rest.first, quote == "'" || quote == "\"" {
      rest.removeFirst()
      guard let end = rest.firstIndex(of: quote) else { return nil }
      let name = String(rest[..<end])
      rest = rest[rest.index(after: end)...]
      return rest.popFirst() == "]" ? .member(name) : nil
    }
    guard let end = rest.firstIndex(of: "]") else { return nil }
    let inside = rest[..<end]
    rest = rest[rest.index(after: end)...]
    return inside == "*" ? .all : Int(inside).map { .index($0) }
  }

  private static func filter(_ rest: inout Substring) -> Step? {
    guard let end = rest.firstRange(of: ")]") else { return nil }
    let condition = rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]
    rest = rest[end.upperBound...]
    guard let equals = condition.firstRange(of: "==") else { return nil }
    let left = trimmed(condition[..<equals.lowerBound])
    let right = trimmed(condition[equals.upperBound...])
    guard left.hasPrefix("@.") else { return nil }
    let isQuoted = right.count >= 2 && right.first == right.last && (right.first == "'" || right.first == "\"")
    return .filter(
      path: left.dropFirst(2).split(separator: ".").map(String.init),
      value: String(isQuoted ? right.dropFirst().dropLast() : right))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
