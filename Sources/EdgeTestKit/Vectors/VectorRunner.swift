import EdgeJSON

/// Runs a closure over every case of a table and collects all failures, so that one run shows everything that is wrong.
///
/// ```swift
/// let summary = try VectorRunner("json-merge-patch").run { vector in
///   try vector.expect(JSONMergePatch.apply(vector["patch"], to: vector["doc"]), equals: vector["expected"])
/// }
/// #expect(summary.failures.isEmpty, "\(summary)")
/// ```
public struct VectorRunner: Sendable {
  public let table: VectorTable

  public init(_ name: String, testFile: String = #filePath) throws(VectorError) {
    table = try VectorTable(name, testFile: testFile)
  }

  /// Prints one line, `name: P passed, F failed`.
  ///
  /// - Parameter check: throws for a case that fails, ``VectorSkip`` for one that does not apply.
  public func run(_ check: (VectorCase) throws -> Void) -> VectorSummary {
    var summary = VectorSummary(name: table.name)
    for (index, content) in table.cases.enumerated() {
      do {
        try check(VectorCase(index: index, content: content))
        summary.passed += 1
      } catch is VectorSkip {
        summary.skipped += 1
      } catch {
        summary.failures.append(VectorFailure(file: table.path, index: index, message: "\(error)"))
      }
    }
    print(summary.headline)
    return summary
  }
}

/// One case; absent members read as null.
public struct VectorCase: Sendable {
  /// Counted from 0, as the reports count.
  public let index: Int
  public let content: JSONValue

  public subscript(key: String) -> JSONValue { content[key] ?? .null }

  public func expect<Value: Equatable>(_ actual: Value, equals expected: Value, _ what: String = "") throws(VectorError)
  {
    if actual == expected { return }
    let prefix = what.isEmpty ? "" : "\(what): "
    throw VectorError("\(prefix)expected \(expected), got \(actual)")
  }

  public func expect(_ condition: Bool, _ message: String) throws(VectorError) {
    if !condition { throw VectorError(message) }
  }
}

/// Thrown for a case that asks for something which is not claimed; it counts as skipped, visibly.
public struct VectorSkip: Error, Hashable, Sendable {
  public init() {}
}

public struct VectorFailure: Hashable, Sendable, CustomStringConvertible {
  public let file: String
  public let index: Int
  public let message: String

  /// `<file> case 12: expected ..., got ...`
  public var description: String { "\(file) case \(index): \(message)" }
}

public struct VectorSummary: Sendable, CustomStringConvertible {
  public let name: String
  public internal(set) var passed = 0
  public internal(set) var skipped = 0
  public internal(set) var failures: [VectorFailure] = []

  public var headline: String {
    "\(name): \(passed) passed, \(failures.count) failed" + (skipped > 0 ? ", \(skipped) skipped" : "")
  }

  /// The headline and one line for every failure.
  public var description: String { ([headline] + failures.map(\.description)).joined(separator: "\n") }
}
