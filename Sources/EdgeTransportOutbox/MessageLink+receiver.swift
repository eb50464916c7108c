import EdgeTransport

extension MessageLink {
  /// As ``MessageLink/serve(_:answered:receive:)``, with a ``DeliveryReceiver`` for the deliveries of the peer.
  ///
  /// - Parameters:
  ///   - receiver: takes the messages that `isDelivery` names, and answers them; whoever owns it runs it.
  ///   - isDelivery: by default every message with an id that is neither an answer nor a keepalive.
  ///   - receive: gets all other messages.
  public func serve(
    _ connection: some MessageConnection, receiver: DeliveryReceiver,
    isDelivery: @escaping @Sendable (EdgeMessage) -> Bool = { message in
      !message.id.isEmpty && message.parentID.isEmpty && message.operation != .keepalive
    },
    answered: @escaping @Sendable (DeliveryItem, EdgeMessage) async -> Verdict = { _, answer in
      answer.operation == .error ? .retry(after: .seconds(1)) : .accepted
    },
    receive: @escaping @Sendable (EdgeMessage) async -> Void = { _ in }
  ) async throws(TransportError) {
    try await serve(
      connection, session: receiver.beginSession(), isDelivery: isDelivery, answered: answered, receive: receive)
  }

  /// As ``serve(_:receiver:isDelivery:answered:receive:)``, in a session that was begun before; for whoever has to look at
  /// what was applied, after ``DeliveryReceiver/settled()`` and before anything new comes.
  public func serve(
    _ connection: some MessageConnection, session: DeliveryReceiver.Session,
    isDelivery: @escaping @Sendable (EdgeMessage) -> Bool,
    answered: @escaping @Sendable (DeliveryItem, EdgeMessage) async -> Verdict = { _, answer in
      answer.operation == .error ? .retry(after: .seconds(1)) : .accepted
    },
    receive: @escaping @Sendable (EdgeMessage) async -> Void = { _ in }
  ) async throws(TransportError) {
    let outcome = await withTaskGroup(of: Result<Void, TransportError>?.self) { group in
      group.addTask {
        await session.sendAnswers(over: connection)
        return nil
      }
      group.addTask {
        do throws(TransportError) {
          try await self.serve(
            connection, answered: answered,
            receive: { message in
              if isDelivery(message) { await session.receive(message) } else { await receive(message) }
            })
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      // Answers that cannot be sent any more end nothing: the reading half sees the end of the connection itself.
      for await case let end? in group {
        group.cancelAll()
        return end
      }
      return .success(())
    }
    try outcome.get()
  }
}
