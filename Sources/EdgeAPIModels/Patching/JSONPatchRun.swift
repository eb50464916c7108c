import EdgeJSON

/// The state while a JSON patch is applied to one document.
struct JSONPatchRun {
  private(set) var root: JSONValue
  private let rules: JSONPatch.Rules
  private let limits: JSONPatch.Limits
  private var copiedBytes = 0
  /// No less than the depth of the document, once a move needs to know it: to measure what each one moves could take
  /// long, so that the sum of what they add is taken.
  private var depth: Int?

  init(root: JSONValue, rules: JSONPatch.Rules, limits: JSONPatch.Limits) {
    self.root = root
    self.rules = rules
    self.limits = limits
  }

  mutating func perform(_ operation: JSONPatch.Operation) throws(PatchError) {
    let path = operation.path
    switch operation.kind {
    case .add: try add(operation.value ?? .null, at: path)
    case .remove: _ = try remove(at: path)
    case .replace: try replace(path, by: operation.value ?? .null)
    case .test: try test(path, equals: operation.value ?? .null)
    case .move:
      let from = operation.from ?? path
      if path.tokens.count > from.tokens.count {
        depth = depth ?? root.depth
        try deepen(to: (depth ?? 0) + path.tokens.count - from.tokens.count)
      }
      try add(try remove(at: from), at: path, isMeasured: true)
    case .copy:
      let value = try read(operation.from ?? path) ?? .null
      copiedBytes += value.text.utf8.count
      if copiedBytes > limits.maximumCopiedBytes {
        throw PatchError(.limitExceeded, "more than \(limits.maximumCopiedBytes) bytes copied")
      }
      try add(value, at: path)
    }
  }

  private mutating func add(_ value: JSONValue, at path: JSONPointer, isMeasured: Bool = false) throws(PatchError) {
    if !isMeasured { try deepen(to: path.tokens.count + value.depth) }
    if path.isRoot, rules == .rfc6902 {
      root = value
      return
    }
    let rules = rules
    try change(path) { (container, key) throws(PatchError) in
      let isObject: Void? = container.modifyObject { $0[key] = value }
      if isObject != nil { return }
      let isArray: Void? = try container.modifyArray { (elements: inout [JSONValue]) throws(PatchError) in
        elements.insert(value, at: try Self.insertionIndex(key, count: elements.count, rules))
      }
      if isArray == nil { throw Self.missing() }
    }
  }

  private mutating func remove(at path: JSONPointer) throws(PatchError) -> JSONValue {
    let rules = rules
    return try change(path) { (container, key) throws(PatchError) in
      let member = container.modifyObject { object in
        let value = object[key]
        object[key] = nil
        return value
      }
      if let member {
        guard let member else { throw Self.missing() }
        return member
      }
      let element = try container.modifyArray { (elements: inout [JSONValue]) throws(PatchError) in
        elements.remove(at: try Self.index(key, count: elements.count, rules))
      }
      guard let element else { throw Self.missing() }
      return element
    }
  }

  private mutating func replace(_ path: JSONPointer, by value: JSONValue) throws(PatchError) {
    try deepen(to: path.tokens.count + value.depth)
    if path.isRoot {
      if rules == .rfc6902 || value.objectValue != nil || value.arrayValue != nil { root = value }
      return
    }
    let rules = rules
    try change(path) { (container, key) throws(PatchError) in
      let isObject: Void? = try container.modifyObject { (object: inout JSONObject) throws(PatchError) in
        if rules == .rfc6902, !object.contains(key: key) { throw Self.missing() }
        object[key] = value
      }
      if isObject != nil { return }
      let isArray: Void? = try container.modifyArray { (elements: inout [JSONValue]) throws(PatchError) in
        elements[try Self.index(key, count: elements.count, rules)] = value
      }
      if isArray == nil { throw Self.missing() }
    }
  }

  private func test(_ path: JSONPointer, equals value: JSONValue) throws(PatchError) {
    let present = path.isRoot ? root : try read(path)
    if rules == .rfc6902 {
      guard let present else { throw Self.missing() }
      if present.isNumericallyEqual(to: value) { return }
    } else if present ?? .null == value {
      return
    }
    throw PatchError(.testFailed, "another value is there")
  }

  /// - Returns: nil when the last token names a member that its object does not have.
  private func read(_ path: JSONPointer) throws(PatchError) -> JSONValue? {
    if path.isRoot, rules == .rfc6902 { return root }
    guard let last = path.tokens.last else { throw Self.missing() }
    var container = root
    for token in path.tokens.dropLast() {
      guard let next = try member(token, of: container) else { throw Self.missing() }
      container = next
    }
    let value = try member(last, of: container)
    if value == nil, rules == .rfc6902 { throw Self.missing() }
    return value
  }

  private func member(_ token: String, of container: JSONValue) throws(PatchError) -> JSONValue? {
    switch container {
    case .object(let object): return object[token]
    case .array(let elements): return elements[try Self.index(token, count: elements.count, rules)]
    default: throw Self.missing()
    }
  }

  /// Changes the container that holds the last token, where it stands.
  private mutating func change<Result>(
    _ path: JSONPointer, _ body: (inout JSONValue, String) throws(PatchError) -> Result
  ) throws(PatchError) -> Result {
    guard !path.tokens.isEmpty else { throw Self.missing() }
    return try Self.change(&root, path.tokens[...], rules, body)
  }

  private static func change<Result>(
    _ value: inout JSONValue, _ tokens: ArraySlice<String>, _ rules: JSONPatch.Rules,
    _ body: (inout JSONValue, String) throws(PatchError) -> Result
  ) throws(PatchError) -> Result {
    let token = tokens[tokens.startIndex]
    if tokens.count == 1 { return try body(&value, token) }
    let inObject = try value.modifyObject { (object: inout JSONObject) throws(PatchError) in
      let result = try object.modify(token) { (member: inout JSONValue) throws(PatchError) in
        try change(&member, tokens.dropFirst(), rules, body)
      }
      guard let result else { throw missing() }
      return result
    }
    if let inObject { return inObject }
    let inArray = try value.modifyArray { (elements: inout [JSONValue]) throws(PatchError) in
      let index = try index(token, count: elements.count, rules)
      return try change(&elements[index], tokens.dropFirst(), rules, body)
    }
    guard let inArray else { throw missing() }
    return inArray
  }

  /// Patches can nest values deeper and deeper, and who reads them recurses.
  private mutating func deepen(to newDepth: Int) throws(PatchError) {
    if let depth { self.depth = max(depth, newDepth) }
    if newDepth > JSONLimits.greatestDepth {
      throw PatchError(.limitExceeded, "nested deeper than \(JSONLimits.greatestDepth) levels")
    }
  }

  private static func index(_ token: String, count: Int, _ rules: JSONPatch.Rules) throws(PatchError) -> Int {
    guard let index = Int(token), rules == .kubernetes || String(index) == token else {
      throw PatchError(.missingPath, "\(token) is not an index of an array")
    }
    let place = index < 0 && rules == .kubernetes ? index + count : index
    guard place >= 0, place < count else { throw PatchError(.missingPath, "\(token) is outside the array") }
    return place
  }

  private static func insertionIndex(_ token: String, count: Int, _ rules: JSONPatch.Rules) throws(PatchError) -> Int {
    token == "-" ? count : try index(token, count: count + 1, rules)
  }

  private static func missing() -> PatchError { PatchError(.missingPath, "nothing is there") }
}

extension JSONValue {
  /// Nested arrays and objects; 0 for a scalar.
  var depth: Int {
    switch self {
    case .array(let elements): elements.reduce(0) { max($0, $1.depth) } + 1
    case .object(let object): object.reduce(0) { max($0, $1.value.depth) } + 1
    default: 0
    }
  }
}
