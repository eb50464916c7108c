import EdgePrimitives

/// The name of a device property.
///
/// The alphabet is KubeEdge's own for twin keys (`^[a-zA-Z0-9-_.,:/@#]{1,128}$`), so that every name that is valid here
/// can be sent to a KubeEdge peer.
public struct PropertyName: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: String

  /// - Throws: ``InvalidIdentifier`` when `rawValue` is empty, longer than 128 bytes or leaves the alphabet.
  public init(_ rawValue: String) throws(InvalidIdentifier) {
    let bytes = rawValue.utf8
    let reason: String? =
      if bytes.isEmpty {
        "must not be empty"
      } else if bytes.count > 128 {
        "must be no more than 128 characters"
      } else if !bytes.allSatisfy(Self.isAllowed) {
        "must consist of alphanumeric characters and -_.,:/@#"
      } else {
        nil
      }
    if let reason { throw InvalidIdentifier(kind: "property name", value: rawValue, reason: reason) }
    self.rawValue = rawValue
  }

  public var description: String { rawValue }

  public static func < (left: PropertyName, right: PropertyName) -> Bool { left.rawValue < right.rawValue }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_.,:/@#".utf8.contains(byte)
    }
  }
}
