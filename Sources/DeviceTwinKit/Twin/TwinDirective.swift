/// What the shell must do next; the brain decides, the shell only performs. Directives are performed in their order.
public enum TwinDirective: Hashable, Sendable {
  /// Hand the twin to its owner and wait until it is stored. A write that follows may start only then: that is what
  /// makes "never written twice" survive a crash.
  case publish(Set<PropertyName>)
  /// These values changed; the shell may gather several such changes into one report.
  case report(Set<PropertyName>)
  /// Read these properties from the device, at once and together.
  case read(Set<PropertyName>)
  /// Write the value and read it back.
  case write(PropertyName, PropertyValue, version: HybridTimestamp)
  /// A request that the twin did not record, because there is no property to record it on or its time cannot be true.
  case refuse(PropertyName, reason: String)
}

/// What came of a write.
public enum WriteOutcome: Hashable, Sendable {
  /// The device took the write; this is what it holds now.
  case readBack(PropertyValue)
  /// The device said no, or the value has no form on the wire. Trying again would not help.
  case refused(reason: String)
  /// Nobody knows whether the write took effect: timeout, busy, link lost.
  case unknown(reason: String)
}

/// What a read gave for one property.
public enum Reading: Hashable, Sendable {
  case value(PropertyValue)
  /// The device answered, but this property cannot be had.
  case bad(reason: String)
}
