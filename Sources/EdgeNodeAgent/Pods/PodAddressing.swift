/// How pods of this node get their addresses.
public enum PodAddressing: Hashable, Sendable {
  /// Every pod shares the node's address, as with `hostNetwork`.
  case hostAddress
  /// Each pod gets an address of its own out of an IPv4 block that is already routed to this machine. All of
  /// 127.0.0.0/8 is, which lets several nodes live on one machine.
  case block(IPv4Block)

  /// A free address, or nil when the block is used up.
  func allocate(hostIP: String, inUse: Set<String>) -> String? {
    switch self {
    case .hostAddress: hostIP
    case .block(let block): block.hosts.lazy.map { IPv4Block.text($0) }.first { !inUse.contains($0) }
    }
  }
}

/// An IPv4 network such as `127.20.1.0/24`.
public struct IPv4Block: Hashable, Sendable, CustomStringConvertible {
  private let network: UInt32
  private let prefixLength: Int

  /// Nil unless `text` is an address, a slash and a prefix length from 8 to 30; host bits must be zero.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = Int(parts[1]), (8...30).contains(length) else { return nil }
    var address: UInt32 = 0
    let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard bytes.count == 4 else { return nil }
    for byte in bytes {
      guard let value = UInt8(byte) else { return nil }
      address = address << 8 | UInt32(value)
    }
    guard address & (UInt32.max >> length) == 0 else { return nil }
    network = address
    prefixLength = length
  }

  /// All addresses but the first (the network) and the last (broadcast).
  var hosts: ClosedRange<UInt32> { (network + 1)...(network + (UInt32.max >> prefixLength) - 1) }

  static func text(_ address: UInt32) -> String {
    "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
  }

  public var description: String { "\(Self.text(network))/\(prefixLength)" }
}
