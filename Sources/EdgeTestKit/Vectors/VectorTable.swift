import EdgeJSON

/// A table of cases that some reference answered: one JSON file `{"description", "cases": [...]}` (or `"vectors"`).
///
/// Tables are looked for in the folder that the environment variable `EDGE_VECTORS` names, so that the same tests run
/// over larger tables, and else in the folder `Fixtures` beside the test file. A table that is missing from the first
/// is taken from the second.
public struct VectorTable: Sendable {
  public static let environmentVariable = "EDGE_VECTORS"

  /// The file's name without `.json`.
  public let name: String
  /// The file that was read.
  public let path: String
  /// Everything beside the cases, for instance data that all cases share.
  public let header: JSONObject
  public let cases: [JSONValue]

  /// - Parameter testFile: the calling test file; the default is right for direct calls.
  public init(_ name: String, testFile: String = #filePath) throws(VectorError) {
    let candidates = VectorFolder.candidates(
      environment: Self.environmentVariable, fixtures: "Fixtures", testFile: testFile
    ).map { "\($0)/\(name).json" }
    guard let path = candidates.first(where: VectorFolder.isFile) else {
      throw VectorError("no table \"\(name)\": looked for \(candidates.joined(separator: " and "))")
    }
    try self.init(name: name, path: path)
  }

  private init(name: String, path: String) throws(VectorError) {
    let content: JSONValue
    do {
      content = try JSONValue(
        parsing: try VectorFolder.bytes(of: path), limits: JSONLimits(maximumBytes: 256 << 20))
    } catch let error as JSONError {
      throw VectorError("\(path): \(error)")
    } catch {
      throw error as? VectorError ?? VectorError("\(path): \(error)")
    }
    guard var header = content.objectValue,
      let cases = (header["cases"] ?? header["vectors"])?.arrayValue
    else { throw VectorError("\(path): no array \"cases\" or \"vectors\"") }
    header["cases"] = nil
    header["vectors"] = nil
    self.name = name
    self.path = path
    self.header = header
    self.cases = cases
  }
}

/// Why a table could not be read.
public struct VectorError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
