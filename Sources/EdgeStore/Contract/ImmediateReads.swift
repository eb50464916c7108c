/// A store that can often answer a read at once, without a hop between tasks: what a server asks first.
package protocol ImmediateReads: MVCCStore {
  /// The same answer as ``MVCCStore/range(_:)``; nil when it needs the disk or another wait: then ask that.
  func rangeNow(_ request: RangeRequest) throws(StoreError) -> RangeResponse?

  /// As ``MVCCStore/range(_:)``, without a task of the caller's: what is asked for at one time may be read together.
  func range(_ request: RangeRequest, reply: @escaping @Sendable (Result<RangeResponse, StoreError>) -> Void)
}
