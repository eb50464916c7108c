#if Networking
import Logging

/// What a hub tells its log of, under names that stay: each line has the metadata `event`, and mostly `node`.
public enum HubEvent: String, CaseIterable, Sendable {
  /// A session has begun; `peer` is its address.
  case connected = "hub.connected"
  /// Its handler has ended.
  case disconnected = "hub.disconnected"
  /// The link of a session ended, and why (`reason`).
  case ended = "hub.ended"
  /// A newer session of the same node took over.
  case takenOver = "hub.taken-over"
  /// A connection was not admitted; `status` and `reason` are what the peer was told.
  case refused = "hub.refused"
  /// A peer did not answer pings, or took nothing, and was cut off.
  case halfOpen = "hub.half-open"
  /// A queue of a node is full: of objects (the session starts over) or of a `class` of messages (they were refused).
  case overflow = "hub.overflow"
  /// Inventories were compared; `changes` are on their way, `waiting` is all that is.
  case synchronized = "hub.synchronized"
  /// A node could not take a change or a message; `attempt` counts.
  case notTaken = "hub.not-taken"
  /// A node sent something that cannot be read.
  case malformed = "hub.malformed"
  /// A message was queued for many nodes.
  case broadcast = "hub.broadcast"
  /// The messages of a deleted node were dropped.
  case discarded = "hub.discarded"
  /// Messages for a node cannot be read, or not be stored.
  case damaged = "hub.damaged"
  case storeFailed = "hub.store-failed"

  /// The metadata of a line about this event.
  public func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
    more.merging(["event": "\(rawValue)"]) { $1 }
  }
}
#endif
