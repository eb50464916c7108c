extension NameRule {
  /// Names that only have to fit into a path of the API: those of roles and of embedded objects.
  public static let pathSegment = NameRule { name in
    if name == "." { return ["may not be '.'"] }
    if name == ".." { return ["may not be '..'"] }
    // Byte by byte: a slash with an accent above it is one character for Swift, and still a slash in a path.
    return ["/", "%"].filter { sign in name.utf8.contains(where: { $0 == sign.utf8.first }) }
      .map { "may not contain '\($0)'" }
  }
}
