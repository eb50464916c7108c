extension NameRule {
  /// Names that only have to fit into a path of the API: those of roles and of embedded objects.
  public static let pathSegment = NameRule { name in
    if name == "." { return ["may not be '.'"] }
    if name == ".." { return ["may not be '..'"] }
    return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
  }
}
