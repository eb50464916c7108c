/// Versions in the order of their keys and without their values, in as few bytes as that takes: of each key what it shares
/// with the one before is left out, and numbers are LEB128.
///
/// ```
///   shared, rest: counts | the rest of the key | mod_revision | mod_revision - create_revision | ordinal | version |
///   0, or 1 and the lease in 8 bytes, little-endian | length of the value
/// ```
package enum PackedVersion {
  /// - Parameter previous: the key of the version before; nil for the first one.
  package static func append(_ version: StoredVersion, after previous: StoreKey?, to bytes: inout [UInt8]) {
    let keyValue = version.keyValue
    let shared = previous.map { keyValue.key.commonPrefix(with: $0) } ?? 0
    append(shared, to: &bytes)
    append(keyValue.key.bytes.count - shared, to: &bytes)
    bytes += keyValue.key.bytes[shared...]
    append(Int(keyValue.modRevision.rawValue), to: &bytes)
    append(Int(keyValue.modRevision.rawValue - keyValue.createRevision.rawValue), to: &bytes)
    append(Int(version.ordinal), to: &bytes)
    append(Int(keyValue.version), to: &bytes)
    bytes.append(keyValue.lease == .none ? 0 : 1)
    if keyValue.lease != .none { append(fixed: keyValue.lease.rawValue, to: &bytes) }
    append(version.valueCount, to: &bytes)
  }

  package static func append(_ number: Int, to bytes: inout [UInt8]) {
    var rest = UInt64(number)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package static func append(fixed number: Int64, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Reads what ``append(_:after:to:)`` wrote, from bytes that may be anything: each step is checked against their end.
  package struct Cursor {
    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    package init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
      self.bytes = bytes
      self.offset = offset
    }

    package var isAtEnd: Bool { offset == bytes.count }

    package mutating func fixed(_ count: Int) -> UInt64? {
      guard bytes.count - offset >= count else { return nil }
      var number: UInt64 = 0
      for index in 0..<count { number |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
      offset += count
      return number
    }

    /// Below 2^62, so that sums of a few cannot overflow.
    package mutating func number() -> Int? {
      var number: UInt64 = 0
      var shift: UInt64 = 0
      while offset < bytes.count, shift < 63 {
        let byte = bytes[offset]
        offset += 1
        number |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return number < 1 << 62 ? Int(number) : nil }
        shift += 7
      }
      return nil
    }

    package mutating func array(_ count: Int) -> [UInt8]? {
      guard bytes.count - offset >= count else { return nil }
      defer { offset += count }
      return Array(bytes[offset..<offset + count])
    }

    /// - Parameter previous: the key of the version before.
    package mutating func version(after previous: StoreKey?) -> StoredVersion? {
      guard let (shared, suffix) = key(after: previous?.bytes.count ?? 0) else { return nil }
      let key = StoreKey(
        // Sound: both copies stay within the array's capacity, and all of it is written.
        [UInt8](unsafeUninitializedCapacity: shared + suffix.count) { buffer, count in
          let raw = UnsafeMutableRawBufferPointer(buffer)
          previous?.bytes.withUnsafeBytes { raw.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<shared])) }
          UnsafeMutableRawBufferPointer(rebasing: raw[shared...]).copyMemory(from: suffix)
          count = shared + suffix.count
        })
      return rest(of: key)
    }

    /// Finds the first version whose key is not smaller than `wanted`.
    ///
    /// - Returns: how many come before it, and it when its key is the wanted one.
    package mutating func find(_ wanted: StoreKey) -> (index: Int, version: StoredVersion?) {
      // Sound: the pointer stays inside the closure.
      wanted.bytes.withUnsafeBytes { bytes in
        var index = 0
        var count = 0
        // With how many bytes the key before, which is smaller, and the wanted one begin alike.
        var matched = 0
        while !isAtEnd, let (shared, suffix) = key(after: count) {
          count = shared + suffix.count
          // What shares more with the one before than that does with the wanted one, is smaller as that is. What shares less
          // differs from it earlier, and upwards.
          if shared < matched { break }
          if shared == matched {
            let end = Swift.min(suffix.count, bytes.count - matched)
            var step = 0
            while step < end, suffix[step] == bytes[matched + step] { step += 1 }
            if matched + step == bytes.count {
              return step == suffix.count ? (index, rest(of: wanted)) : (index, nil)
            }
            if step < suffix.count, suffix[step] > bytes[matched + step] { break }
            matched += step
          }
          guard skipRest() else { break }
          index += 1
        }
        return (index, nil)
      }
    }

    private mutating func key(after previousCount: Int) -> (shared: Int, suffix: UnsafeRawBufferPointer)? {
      guard let shared = number(), let rest = number(), shared <= previousCount, bytes.count - offset >= rest,
        shared + rest > 0
      else { return nil }
      defer { offset += rest }
      return (shared, UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + rest]))
    }

    private mutating func rest(of key: StoreKey) -> StoredVersion? {
      guard let modRevision = number(), let age = number(), let ordinal = number(), let version = number(),
        let hasLease = fixed(1), let lease = hasLease == 0 ? 0 : fixed(8), let valueCount = number(),
        age <= modRevision, ordinal <= Int32.max
      else { return nil }
      let keyValue = KeyValue(
        key: key, value: [], createRevision: Revision(rawValue: Int64(modRevision - age)),
        modRevision: Revision(rawValue: Int64(modRevision)), version: Int64(version),
        lease: LeaseID(rawValue: Int64(bitPattern: lease)))
      return StoredVersion(absent: keyValue, ordinal: Int32(ordinal), valueCount: valueCount)
    }

    private mutating func skipRest() -> Bool {
      for _ in 0..<4 where number() == nil { return false }
      guard let hasLease = fixed(1), hasLease == 0 || fixed(8) != nil else { return false }
      return number() != nil
    }
  }
}
