#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A key of the store: any bytes, ordered as raw bytes like etcd's keys (not as text, not by locale).
public struct StoreKey: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  /// The UTF-8 form of `string`.
  public init(_ string: String) { bytes = Array(string.utf8) }
  public init(stringLiteral value: String) { self.init(value) }

  public var isEmpty: Bool { bytes.isEmpty }

  /// The smallest key that sorts after this one: itself followed by a zero byte.
  public var successor: StoreKey { StoreKey(bytes + [0]) }

  public func hasPrefix(_ prefix: StoreKey) -> Bool { bytes.starts(with: prefix.bytes) }

  public static func < (left: StoreKey, right: StoreKey) -> Bool {
    // Every index step compares keys that share long prefixes ("/registry/pods/..."), so this is memcmp rather than a
    // loop over elements. Sound: the pointers do not leave the closures and only the common length is read.
    let order = left.bytes.withUnsafeBufferPointer { left in
      right.bytes.withUnsafeBufferPointer { right -> Int32 in
        guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return 0 }
        return memcmp(leftBase, rightBase, min(left.count, right.count))
      }
    }
    return order == 0 ? left.bytes.count < right.bytes.count : order < 0
  }

  /// Printable ASCII as it is, everything else as `\xNN`.
  public var description: String {
    var text = ""
    for byte in bytes {
      if (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16)
        text += digits.utf8.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
      }
    }
    return text
  }
}
