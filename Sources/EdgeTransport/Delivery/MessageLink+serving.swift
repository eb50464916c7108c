import EdgePrimitives
import Synchronization

extension MessageLink {
  /// Serves one connection until it ends: delivers the outbox, matches answers, hands everything else to `receive`.
  ///
  /// Items of session classes that were enqueued before it are dropped. One connection at a time: serve the next one only after this call has ended. An answer that comes too late for its
  /// request, or a second time, is handed to `receive` like any other message.
  ///
  /// - Parameters:
  ///   - answered: judges the answer to a delivered item. By default an `error` is tried again after a second.
  ///   - receive: called for one message after the other, in order; returning is what lets the next one in.
  /// - Throws: the connection's ``TransportError`` when the link was lost, `timedOut` when it took nothing for the
  ///   configured time; returns when it was closed in good order.
  public func serve(
    _ connection: some MessageConnection,
    answered: @escaping @Sendable (DeliveryItem, EdgeMessage) async -> Verdict = { _, answer in
      answer.operation == .error ? .retry(after: .seconds(1)) : .accepted
    },
    receive: @escaping @Sendable (EdgeMessage) async -> Void
  ) async throws(TransportError) {
    let generation = state.withLock { state in
      state.connection = connection
      state.outbox.endSession()
      state.generation += 1
      return state.generation
    }
    wake.add(.outbox)
    defer { detach(generation) }
    let outcome = await withTaskGroup(of: HalfEnd.self) { group in
      group.addTask { .reading(await self.read(connection, answered, receive)) }
      group.addTask { .writing(await self.deliver(over: connection)) }
      let first = await group.next()
      // When the peer has closed, what it sent before still waits to be read, acknowledgements among it.
      if case .writing(.failure(let error)) = first, error.code == .closed, case .reading(let end) = await group.next()
      {
        await connection.close()
        return end
      }
      group.cancelAll()
      await connection.close()
      return first?.result ?? .success(())
    }
    try outcome.get()
  }

  private enum HalfEnd: Sendable {
    case reading(Result<Void, TransportError>)
    case writing(Result<Void, TransportError>)

    var result: Result<Void, TransportError> {
      switch self {
      case .reading(let result), .writing(let result): result
      }
    }
  }

  private enum Addressee {
    case request(AsyncStream<EdgeMessage>.Continuation)
    case delivery(DeliveryItem)
    case receiver
  }

  private func read(
    _ connection: some MessageConnection, _ answered: @Sendable (DeliveryItem, EdgeMessage) async -> Verdict,
    _ receive: @Sendable (EdgeMessage) async -> Void
  ) async -> Result<Void, TransportError> {
    do throws(TransportError) {
      for try await message in connection.inbound {
        switch addressee(of: message) {
        case .request(let waiter):
          waiter.yield(message)
          waiter.finish()
        case .delivery(let item): settle(message, await answered(item, message))
        case .receiver: await receive(message)
        }
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func addressee(of message: EdgeMessage) -> Addressee {
    let parent = message.parentID
    if parent.isEmpty { return .receiver }
    return state.withLock { state in
      if let waiter = state.requests.removeValue(forKey: parent) { return .request(waiter) }
      return state.outbox.itemInFlight(messageID: parent).map { .delivery($0) } ?? .receiver
    }
  }

  private func settle(_ answer: EdgeMessage, _ verdict: Verdict) {
    let ready = state.withLock { state in
      switch verdict {
      case .accepted: _ = state.outbox.acknowledged(parentID: answer.parentID)
      case .retry(let delay): _ = state.outbox.rejected(parentID: answer.parentID, retryAt: time.now + delay)
      case .givenUp: _ = state.outbox.rejected(parentID: answer.parentID, retryAt: nil)
      }
      return state.takeReady()
    }
    signalEnqueued()
    ready.resume()
  }

  private func deliver(over connection: some MessageConnection) async -> Result<Void, TransportError> {
    while !Task.isCancelled {
      let (batch, deadline, ready) = state.withLock { state in
        let batch = state.outbox.nextToSend(now: time.now)
        state.isWriting = !batch.isEmpty
        return (batch, state.outbox.nextDeadline, state.takeReady())
      }
      ready.resume()
      if !batch.isEmpty {
        do throws(TransportError) {
          try await write(batch, to: connection)
        } catch {
          return .failure(error)
        }
        continue
      }
      let timeout = deadline.map { max(.zero, $0 - time.now) }
      guard await wake.next(within: timeout, clock: time.clock) != nil else { break }
    }
    return .success(())
  }

  /// Hands over a batch. Each message has its time: a slow peer is waited for, one that takes nothing is not.
  private func write(_ batch: [EdgeMessage], to connection: some MessageConnection) async throws(TransportError) {
    let outcome = await withTaskGroup(of: Result<Void, TransportError>.self) { group in
      let progress = Progress()
      group.addTask {
        do throws(TransportError) {
          for message in batch {
            try await connection.send(message)
            progress.count.withLock { $0 += 1 }
          }
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      group.addTask { [time, timeout = configuration.writeTimeout] in
        var seen = -1
        while case let count = progress.count.withLock({ $0 }), count > seen, !Task.isCancelled {
          seen = count
          try? await time.sleep(for: timeout)
        }
        return .failure(TransportError(code: .timedOut, message: "the connection took nothing for \(timeout)"))
      }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      return first
    }
    try outcome.get()
  }

  private final class Progress: Sendable {
    let count = Mutex(0)
  }

  private func detach(_ generation: Int) {
    let (requests, ready) = state.withLock { state -> ([String: AsyncStream<EdgeMessage>.Continuation], Ready?) in
      guard state.generation == generation else { return ([:], nil) }
      state.connection = nil
      state.isWriting = false
      state.outbox.connectionLost()
      defer { state.requests = [:] }
      return (state.requests, state.takeReady())
    }
    for request in requests.values { request.finish() }
    ready?.resume()
  }
}
