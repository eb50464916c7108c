/// The parameters of a list or watch, read as Go's `net/url` and Kubernetes' conversion of list options read them.
struct RequestQuery {
  private var parameters: [String: String] = [:]

  /// A parameter that is given twice keeps its first value. Pairs with a broken percent-encoding or a semicolon are left
  /// out.
  init(_ query: ArraySlice<UInt8>) {
    for pair in query.split(separator: UInt8(ascii: "&")) where !pair.contains(UInt8(ascii: ";")) {
      let mark = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      guard let key = PercentEncoding.decoded(pair[..<mark], plusIsSpace: true),
        let value = PercentEncoding.decoded(pair[mark...].dropFirst(), plusIsSpace: true)
      else { continue }
      if parameters[key] == nil { parameters[key] = value }
    }
  }

  subscript(name: String) -> String? { parameters[name] }

  /// Everything but `false` and `0` is true, also an empty value.
  var isWatch: Bool {
    guard let value = parameters["watch"] else { return false }
    return value != "0" && value.lowercased() != "false"
  }

  /// nil when there is none, or when any of the list options is wrong: Kubernetes then goes on without them all.
  var validFieldSelector: FieldSelector? {
    guard let text = parameters["fieldSelector"], let selector = try? FieldSelector(parsing: text) else { return nil }
    if let labels = parameters["labelSelector"], (try? LabelSelector(parsing: labels)) == nil { return nil }
    for name in ["limit", "timeoutSeconds"] {
      if let number = parameters[name], Int64(number) == nil { return nil }
    }
    return selector
  }
}
