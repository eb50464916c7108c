#if canImport(Glibc)
import Glibc

struct TimedOut: Error {}

/// Looks until there is something to see; ten seconds at most.
func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value {
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    if let value = try await look() { return value }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw TimedOut()
}

/// A fresh directory, removed by the system's own cleaning.
func temporaryDirectory() -> String {
  var template = Array("/tmp/edge-node-agent.XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory") }
  return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
#endif
