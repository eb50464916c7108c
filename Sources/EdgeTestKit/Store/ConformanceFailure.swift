import EdgeStore

/// A backend broke a sentence of the contract.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
  public let message: String
  public let file: String
  public let line: Int

  public init(_ message: String, file: String = #fileID, line: Int = #line) {
    self.message = message
    self.file = file
    self.line = line
  }

  public var description: String { "\(file):\(line): \(message)" }
}

func expect(
  _ condition: Bool, _ message: @autoclosure () -> String, file: String = #fileID, line: Int = #line
) throws {
  if !condition { throw ConformanceFailure(message(), file: file, line: line) }
}

func expectEqual<Value: Equatable>(
  _ actual: Value, _ expected: Value, _ what: @autoclosure () -> String = "value", file: String = #fileID,
  line: Int = #line
) throws {
  if actual != expected {
    throw ConformanceFailure("\(what()) is \(actual), expected \(expected)", file: file, line: line)
  }
}

func expectError(
  _ code: StoreError.Code, file: String = #fileID, line: Int = #line, _ body: () async throws -> Void
) async throws {
  do {
    try await body()
  } catch let error as StoreError {
    try expectEqual(error.code, code, "the error's code", file: file, line: line)
    return
  }
  throw ConformanceFailure("no error, expected \(code.rawValue)", file: file, line: line)
}
