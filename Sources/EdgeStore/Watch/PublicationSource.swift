/// What a store tells of those that follow all of it.
package enum Publication: Sendable {
  /// What happened: the changes of each revision, oldest first. What one commit of the engine published comes together.
  case changes([[Change]])
  /// The store stands here, and everything up to here was told before.
  case standing(Revision)
  /// Nothing follows.
  case closed
}

/// A store that tells of everything it publishes, for a server that serves many watches from one place.
///
/// It differs from a watch of all keys in that nothing is queued or caught up here, and that what was committed together
/// comes together.
package protocol PublicationSource: MVCCStore {
  /// - Parameters:
  ///   - wantsPreviousValues: asked before each commit, under the store's lock, whether its changes should bring along the
  ///     values they supersede. While the answer is no, and for a moment after it has become yes, changes may lack them
  ///     (``Change/lacksPreviousValue``); the store's log has them.
  ///   - receive: called in order, under the store's lock: it may only take note.
  func follow(
    wantsPreviousValues: @escaping @Sendable () -> Bool, _ receive: @escaping @Sendable (Publication) -> Void
  ) throws(StoreError) -> PublicationFollower
}

/// Ends with its last reference.
package final class PublicationFollower: Sendable {
  /// Where the store stood; what is told is later.
  package let start: Revision
  private let ask: @Sendable () -> Void
  private let end: @Sendable () -> Void

  init(start: Revision, ask: @escaping @Sendable () -> Void, end: @escaping @Sendable () -> Void) {
    self.start = start
    self.ask = ask
    self.end = end
  }

  deinit { end() }

  /// Has the store tell where it stands, behind all that has happened.
  package func requestStanding() { ask() }
}
