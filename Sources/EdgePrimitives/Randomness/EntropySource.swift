/// Where randomness comes from. It is handed in, never reached for, so that a simulation replays from its seed.
public protocol EntropySource: Sendable {
  /// 64 uniformly distributed bits.
  func next() -> UInt64
}

extension EntropySource {
  /// A uniform number in `0..<1` with 53 bits of precision.
  public func unitInterval() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform number below `bound` (which must be positive), without modulo bias.
  public func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "the bound of a random number must be positive")
    // Lemire's method: the high word of a 128-bit product is uniform once the biased low words are rejected.
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}

/// The operating system's generator; suitable for identifiers and jitter.
public struct SystemEntropy: EntropySource {
  public init() {}

  public func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}
