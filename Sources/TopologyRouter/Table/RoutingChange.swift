import EdgePrimitives

/// One event for a routing table. Every upsert carries the whole new state of its object, so a repeated or merged event
/// does no harm.
public enum RoutingChange: Hashable, Sendable {
  case node(NodeFacts)
  case nodeRemoved(NodeName)
  case pool(PoolFacts)
  case poolRemoved(PoolName)
  case service(ServiceFacts)
  case serviceRemoved(ServiceID)
  case slice(SliceFacts)
  case sliceRemoved(SliceID)
}
