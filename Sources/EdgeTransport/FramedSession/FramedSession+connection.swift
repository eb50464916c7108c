extension FramedSession {
  /// Why ``run(on:)`` ended.
  public enum ConnectionEnd: Sendable {
    /// The carrier broke, or the peer closed it without a word.
    case lost(TransportError)
    /// One end closed the connection or the session; ``SessionClose/leavesSessionAlive`` tells which.
    case closed(SessionClose)

    /// Whether the session may go on with another carrier.
    public var leavesSessionAlive: Bool {
      switch self {
      case .lost: true
      case .closed(let close): close.leavesSessionAlive
      }
    }
  }

  /// Uses `carrier` until it breaks, is replaced by a newer one, or the session is over, and closes it.
  @discardableResult
  public func run(on carrier: some FrameCarrier) async -> ConnectionEnd {
    guard let number = perform({ $0.attach(now: now()) }) else {
      await carrier.close()
      return .closed(close ?? .none)
    }
    return await serve(number, carrier)
  }

  /// The server's way: `greeting` has named this session, `reader` has what came after it.
  func run(
    on carrier: some FrameCarrier, greeting: SessionGreeting, reader: FrameReader
  ) async throws(FramingError) -> ConnectionEnd {
    let attached = perform { machine -> Result<UInt64?, FramingError> in
      do throws(FramingError) {
        return .success(try machine.attach(greeting, reader: reader, now: now()))
      } catch {
        return .failure(error)
      }
    }
    guard let number = try attached.get() else { return .closed(close ?? .none) }
    return await serve(number, carrier)
  }

  private func serve(_ number: UInt64, _ carrier: some FrameCarrier) async -> ConnectionEnd {
    let end = await withTaskGroup(of: ConnectionEnd?.self) { group in
      group.addTask { await self.read(carrier, number) }
      group.addTask { await self.write(carrier, number) }
      group.addTask {
        await self.keepTime(number)
        return nil
      }
      var end: ConnectionEnd?
      while end == nil, let next = await group.next() { end = next }
      group.cancelAll()
      return end ?? .lost(.cancelledWait)
    }
    perform { $0.connectionLost(number, now: now()) }
    monitor.withLock { (state, _) in state.ends[number] = nil }
    await carrier.close()
    return end
  }

  /// Ends without a reason when the machine is done with the connection: the writer still has a last word.
  private func read(_ carrier: some FrameCarrier, _ number: UInt64) async -> ConnectionEnd? {
    do throws(TransportError) {
      while true {
        guard let piece = try await carrier.receive() else { return lost(.ended, number) }
        let isCurrent = perform { machine in
          machine.receive(piece, on: number, now: now())
          return machine.connection?.number == number
        }
        guard isCurrent else { return nil }
      }
    } catch {
      return lost(error, number)
    }
  }

  private func lost(_ error: TransportError, _ number: UInt64) -> ConnectionEnd? {
    perform { $0.connection?.number == number } ? .lost(error) : nil
  }

  private func write(_ carrier: some FrameCarrier, _ number: UInt64) async -> ConnectionEnd? {
    while true {
      let output: (bytes: [UInt8], isLast: Bool)
      do throws(TransportError) {
        output = try await wait(for: .output) { machine in
          var bytes: [UInt8] = []
          let output = machine.write(on: number, into: &bytes, now: now())
          return output == .nothing ? nil : (bytes, output == .last)
        }
        if !output.bytes.isEmpty { try await carrier.send(output.bytes) }
      } catch {
        return .lost(error)
      }
      if output.isLast {
        return .closed(monitor.withLock { (state, _) in state.ends[number] ?? state.machine.close ?? .none })
      }
    }
  }

  /// Sleeps until the machine has something to do, and less when that moves forward.
  private func keepTime(_ number: UInt64) async {
    while !Task.isCancelled {
      let deadline = monitor.withLock { (state, wakeups) -> Duration? in
        state.machine.tick(now: now())
        self.settle(&state, &wakeups)
        state.sleepsUntil = state.machine.deadline ?? .seconds(Int64.max)
        return state.machine.deadline
      }
      if let deadline {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { try? await self.clock.sleep(for: deadline - self.now()) }
          group.addTask { await self.awaitDeadline(before: deadline) }
          await group.next()
          group.cancelAll()
        }
      } else {
        await awaitDeadline(before: .seconds(Int64.max))
      }
      let isCurrent = monitor.withLock { (state, _) in
        state.sleepsUntil = nil
        return state.machine.connection?.number == number
      }
      guard isCurrent else { return }
    }
  }

  private func awaitDeadline(before current: Duration) async {
    _ = try? await monitor.wait(for: .timer) { (state, _) in
      state.machine.deadline.map { $0 < current } ?? false ? true : nil
    }
  }
}
