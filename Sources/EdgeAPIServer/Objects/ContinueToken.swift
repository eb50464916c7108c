import EdgeStore

/// Where the next page of a list begins and the snapshot it belongs to: `<revision>.<first key in hexadecimal>`.
///
/// Clients treat it as opaque. One that was tampered with can only move within the range it is used for.
struct ContinueToken: Hashable, Sendable {
  let revision: Revision
  let start: StoreKey

  init(revision: Revision, start: StoreKey) {
    self.revision = revision
    self.start = start
  }

  init(_ text: String, within range: KeyRange) throws(APIError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[0]), number > 0, let bytes = Self.bytes(parts[1]) else {
      throw Self.invalid
    }
    let key = StoreKey(bytes)
    guard range.contains(key) else { throw Self.invalid }
    self.init(revision: Revision(rawValue: number), start: key)
  }

  var text: String {
    let digits = start.bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
    return "\(revision).\(digits.joined())"
  }

  private static let invalid = APIError(.badRequest, "continue key is not valid")

  private static func bytes(_ text: Substring) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
