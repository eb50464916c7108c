import Synchronization

extension MessageLink {
  /// Sends a request and waits for its answer.
  ///
  /// The waiter is registered before the message is written: a fast answer must find it (KubeEdge loses such answers).
  /// - Throws: ``TransportError``: `unreachable` without a connection, `timedOut`, `connectionLost`, `cancelled` (the peer may have the
  ///   request), `refused` when too many requests wait already.
  public func request(_ message: EdgeMessage, within timeout: Duration) async throws(TransportError) -> EdgeMessage {
    let (answers, continuation) = AsyncStream<EdgeMessage>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let admission: Result<any MessageConnection, TransportError> = state.withLock { state in
      guard let connection = state.connection else { return .failure(Self.notConnected) }
      guard state.requests.count < configuration.maximumRequests else {
        return .failure(TransportError(code: .refused, message: "too many requests wait for their answers"))
      }
      state.requests[message.id] = continuation
      return .success(connection)
    }
    defer { _ = state.withLock { $0.requests.removeValue(forKey: message.id) } }
    let connection = try admission.get()
    // The deadline holds for the writing as well: a stuck connection takes nothing.
    let outcome = await withTaskGroup(of: RequestOutcome.self) { group in
      group.addTask {
        do throws(TransportError) {
          try await connection.send(message)
        } catch {
          return .failed(error)
        }
        for await answer in answers { return .answered(answer) }
        return .connectionEnded
      }
      group.addTask { [time] in
        try? await time.sleep(for: timeout)
        return .timedOut
      }
      let first = await group.next() ?? .timedOut
      group.cancelAll()
      return first
    }
    switch outcome {
    case .answered(let answer): return answer
    case _ where Task.isCancelled: throw TransportError(code: .cancelled, message: "the requesting task was cancelled")
    case .failed(let error): throw error
    case .connectionEnded:
      throw TransportError(code: .connectionLost, message: "the connection ended before the answer")
    case .timedOut: throw TransportError(code: .timedOut, message: "no answer to \(message.resource) within \(timeout)")
    }
  }

  private enum RequestOutcome: Sendable {
    case answered(EdgeMessage)
    case failed(TransportError)
    case connectionEnded
    case timedOut
  }
}
