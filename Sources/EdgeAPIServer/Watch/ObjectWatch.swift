import EdgeAPIModels

/// The events of a watch, for one consumer.
///
/// It ends when the task that reads it is cancelled, and throws ``APIError/Code/expired`` when the history it needs is
/// gone: list again and watch from there.
public struct ObjectWatch: AsyncSequence, Sendable {
  public typealias Element = ObjectEvent
  public typealias Failure = APIError

  private let advance: @Sendable () async throws(APIError) -> ObjectEvent?

  /// - Parameter next: waits for the next event; nil ends the watch. It is never called twice at the same time.
  public init(next: @escaping @Sendable () async throws(APIError) -> ObjectEvent?) { advance = next }

  /// Waits for the next event; nil when the watch has ended.
  public func next() async throws(APIError) -> ObjectEvent? { try await advance() }

  public func makeAsyncIterator() -> Iterator { Iterator(watch: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let watch: ObjectWatch

    public mutating func next() async throws(APIError) -> ObjectEvent? { try await watch.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(APIError) -> ObjectEvent? {
      try await watch.next()
    }
  }
}
