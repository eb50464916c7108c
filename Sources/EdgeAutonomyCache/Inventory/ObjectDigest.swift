import EdgeAPIModels
import EdgeJSON

/// A fingerprint of the part of an object that a node acts on.
///
/// Versions alone would send a pod back to its node after every status report of that very node, and each node's
/// heartbeat to all others. The digest leaves out what the server stamps on each write, the status of pods, and of the
/// status of nodes all but their addresses, so only real news travels.
/// FNV-1a over the canonical JSON: both ends compute it, so it must not depend on a process's hash seed.
public struct ObjectDigest: Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public init(of object: UnstructuredObject) {
    var content = object.content
    if case .object(var metadata)? = content["metadata"] {
      for name in ["resourceVersion", "managedFields", "generation"] { metadata[name] = nil }
      content["metadata"] = .object(metadata)
    }
    switch object.kind {
    case "Pod": content["status"] = nil
    // Each node hears of every other one; of their states it needs the addresses alone.
    case "Node": content["status"] = object["status", "addresses"]
    default: break
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in JSONValue.object(content).serialized(.canonical) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    rawValue = hash
  }

  public init?(_ text: String) {
    // Swift also reads a sign.
    guard text.utf8.count == 16, text.allSatisfy(\.isHexDigit), let value = UInt64(text, radix: 16) else { return nil }
    rawValue = value
  }

  public var description: String {
    let digits = String(rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
