import EdgePrimitives
import EdgeStore

/// Where the next page of a list begins and the state it belongs to: `<revision>.<first key, URL-safe base64>`.
///
/// Opaque to callers. One that was tampered with can only move within the range it is used for.
struct ListContinuation: Hashable, Sendable {
  let revision: Revision
  let start: StoreKey

  init(revision: Revision, start: StoreKey) {
    self.revision = revision
    self.start = start
  }

  init(_ text: String, within range: KeyRange) throws(ResourceError) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[0]), number > 0, let bytes = Base64.decodeURLSafe(parts[1]),
      range.contains(StoreKey(bytes))
    else { throw ResourceError(.invalid, "the continue token is not valid") }
    self.init(revision: Revision(rawValue: number), start: StoreKey(bytes))
  }

  var text: String { "\(revision).\(Base64.encodeURLSafe(start.bytes))" }
}
