import EdgeJSON

/// The path of a printer column, as CRDs write it: JSONPath without braces. A path that cannot be read finds nothing.
struct PrinterColumnPath: Sendable {
  private let path: JSONPath?

  init(_ text: String) { path = try? JSONPath(relaxed: text) }

  func values(in object: JSONValue) -> [JSONValue] { (try? path?.results(in: object)) ?? [] }
}
