import EdgeJSON

/// `anyOf`, `oneOf`, `allOf` and `not`. Of alternatives that all fail, the errors of the one that passed most checks are
/// kept beside the error of the group.
enum SchemaJunctors {
  static func check(_ value: JSONValue, _ node: SchemaNode, _ path: String) -> SchemaProblems {
    var problems = SchemaProblems()
    let name = GoQuoting.quoted(path)
    if !node.anyOf.isEmpty { anyOf(value, node.anyOf, path, name, &problems) }
    if !node.oneOf.isEmpty { oneOf(value, node.oneOf, path, name, &problems) }
    if !node.allOf.isEmpty { allOf(value, node.allOf, path, name, &problems) }
    if let not = node.not, SchemaCheck.check(value, not, path: path).isEmpty {
      problems.add(group: "\(name) must not validate the schema (not)")
    }
    problems.count()
    return problems
  }

  private static func anyOf(
    _ value: JSONValue, _ nodes: [SchemaNode], _ path: String, _ name: String, _ problems: inout SchemaProblems
  ) {
    var best: SchemaProblems?
    for node in nodes {
      let result = SchemaCheck.check(value, node, path: path)
      if result.isEmpty { return problems.merge(result) }
      if best.map({ result.matchCount > $0.matchCount }) ?? true { best = result }
    }
    problems.add(group: "\(name) must validate at least one schema (anyOf)")
    if let best { problems.merge(best) }
  }

  private static func oneOf(
    _ value: JSONValue, _ nodes: [SchemaNode], _ path: String, _ name: String, _ problems: inout SchemaProblems
  ) {
    var best: SchemaProblems?
    var success: SchemaProblems?
    var valid = 0
    for node in nodes {
      let result = SchemaCheck.check(value, node, path: path)
      if result.isEmpty {
        valid += 1
        success = success ?? result
      } else if best.map({ result.matchCount > $0.matchCount }) ?? true {
        best = result
      }
    }
    if valid == 1, let success { return problems.merge(success) }
    let found = valid == 0 ? "Found none valid" : "Found \(valid) valid alternatives"
    problems.add(group: "\(name) must validate one and only one schema (oneOf). \(found)")
    if valid == 0, let best { problems.merge(best) }
  }

  private static func allOf(
    _ value: JSONValue, _ nodes: [SchemaNode], _ path: String, _ name: String, _ problems: inout SchemaProblems
  ) {
    var valid = 0
    for node in nodes {
      let result = SchemaCheck.check(value, node, path: path)
      if result.isEmpty { valid += 1 }
      problems.merge(result)
    }
    if valid != nodes.count {
      let none = valid == 0 ? ". None validated" : ""
      problems.add(group: "\(name) must validate all the schemas (allOf)\(none)")
    }
  }
}
