/// What a mapper tells the owner of a twin.
public struct TwinChange: Sendable {
  /// The twin as it is now, with a ``DeviceTwin/snapshot`` to store.
  public let twin: DeviceTwin
  /// The properties that changed since the last change, reported or desired side; empty when only the device's
  /// condition did.
  public let changed: Set<PropertyName>
  public let state: DeviceState

  public init(twin: DeviceTwin, changed: Set<PropertyName>, state: DeviceState) {
    self.twin = twin
    self.changed = changed
    self.state = state
  }
}

/// What a mapper has done so far. Whatever is not passed on is counted here (FF-22).
public struct MapperCounters: Hashable, Sendable {
  /// Connections made.
  public var connections = 0
  /// Attempts to connect that failed.
  public var connectFailures = 0
  /// Polls that brought an answer, and those that brought none.
  public var reads = 0
  public var readFailures = 0
  /// Poll cycles that were left out because an earlier poll, or the owner's storing of a change, took longer.
  public var skippedCycles = 0
  /// Writes sent to the device.
  public var writes = 0
  public var writeFailures = 0
  /// Changes handed to the owner.
  public var deliveries = 0
  /// New readings that a still newer reading replaced before the report cycle was over.
  public var coalescedReadings = 0
  /// Requests for desired values that named no property or came from an impossible time.
  public var refusedRequests = 0
  /// Requests that a newer request for the same property, or a newer definition, replaced before it was looked at.
  public var supersededRequests = 0

  public init() {}
}
