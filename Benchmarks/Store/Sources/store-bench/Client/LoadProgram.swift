/// Whatever makes the load; one is used for both peers.
protocol LoadProgram: Sendable {
  /// For the report.
  var description: String { get }
  /// Writes what the reading operations read.
  func prepare(port: Int) async throws
  func run(_ operation: LoadOperation, clients: Int, port: Int, turn: Int) async throws -> LoadResult
  /// Events per second over all watchers; the delays are from the start of a write to its event at a watcher.
  func watch(watchers: Int, port: Int, turn: Int) async throws -> LoadResult
}

enum LoadOperation: String, Sendable {
  case put, create, update, get
  /// All keys of a prefix in one answer, in pages of 500, and their number.
  case list, pages, count
}
