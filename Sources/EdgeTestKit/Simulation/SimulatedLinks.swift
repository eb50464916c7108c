import EdgePrimitives
import EdgeTransport
import Synchronization

/// Connections over a ``SimulatedNetwork``: messages as on the wire, each behind its length, in whatever pieces arrive.
///
/// An end that is not told of a break finds it as a real one does that pings: ``silence`` later.
public final class SimulatedLinks: Sendable {
  private struct Half {
    let incoming = MessageChannel(capacity: 1 << 16)
    var buffer: [UInt8] = []
    var isOver = false
  }

  private struct Key: Hashable {
    let carrier: SimulatedNetwork.Carrier
    let end: SimulatedNetwork.End
  }

  private struct State {
    var network: SimulatedNetwork
    var halves: [Key: Half] = [:]
    /// Ends that will find a break by themselves.
    var deaf: [(due: Duration, key: Key)] = []
  }

  private let state: Mutex<State>
  private let clock: VirtualClock
  private let silence: Duration

  public init(
    seed: UInt64, faults: SimulatedNetwork.Faults, clock: VirtualClock, silence: Duration = .milliseconds(1500)
  ) {
    state = Mutex(State(network: SimulatedNetwork(seed: seed, faults: faults)))
    self.clock = clock
    self.silence = silence
  }

  /// The network is well from now on.
  public func heal() { state.withLock { $0.network.faults = .none } }
  public func partition() { state.withLock { $0.network.partition() } }
  /// How often carriers broke, and how often all of them stood still.
  public var faultCounts: (breaks: Int, partitions: Int) {
    state.withLock { ($0.network.breakCount, $0.network.partitionCount) }
  }

  /// A new connection; nil during a partition.
  public func connect() -> (client: SimulatedLink, server: SimulatedLink)? {
    state.withLock { state in
      guard let carrier = state.network.connect() else { return nil }
      let ends = [SimulatedNetwork.End.client, .server].map { end in
        let half = Half()
        state.halves[Key(carrier: carrier, end: end)] = half
        return SimulatedLink(links: self, carrier: carrier, end: end, incoming: half.incoming)
      }
      return (ends[0], ends[1])
    }
  }

  /// The process at this end dies; its peer learns of it late.
  public func crash(_ connection: SimulatedLink) {
    finish(connection, error: Self.broken) { network, carrier, end in network.crash(carrier, at: end) }
  }

  static let broken = TransportError(code: .connectionLost, message: "the link broke")

  fileprivate func close(_ connection: SimulatedLink) {
    finish(connection, error: nil) { network, carrier, end in network.close(carrier, from: end) }
  }

  private func finish(
    _ connection: SimulatedLink, error: TransportError?,
    _ end: (inout SimulatedNetwork, SimulatedNetwork.Carrier, SimulatedNetwork.End) -> Void
  ) {
    let channel = state.withLock { state -> MessageChannel? in
      let key = Key(carrier: connection.carrier, end: connection.end)
      guard state.halves[key]?.isOver == false else { return nil }
      state.halves[key]?.isOver = true
      end(&state.network, connection.carrier, connection.end)
      state.deaf.append((clock.elapsed + silence, Key(carrier: connection.carrier, end: connection.end.other)))
      return state.halves[key]?.incoming
    }
    channel?.finish(error)
  }

  fileprivate func send(_ message: EdgeMessage, from connection: SimulatedLink) throws(TransportError) {
    var bytes: [UInt8] = [0, 0, 0, 0]
    message.encode(into: &bytes)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: (bytes.count - 4) >> (24 - 8 * index)) }
    let isOpen = state.withLock { state in
      guard state.halves[Key(carrier: connection.carrier, end: connection.end)]?.isOver == false else { return false }
      state.network.send(bytes, on: connection.carrier, from: connection.end)
      return true
    }
    if !isOpen { throw Self.broken }
  }

  /// Moves time to what comes next: an arrival, or the end of somebody's sleep.
  public func step() {
    enum Arrival {
      case messages([EdgeMessage], MessageChannel)
      case end(TransportError?, MessageChannel)
    }
    let wake = clock.nextDeadline
    let (now, arrival) = state.withLock { state -> (Duration, Arrival?) in
      let silent = state.deaf.map(\.due).min()
      let limit = [wake, silent].compactMap { $0 }.min() ?? clock.elapsed + .seconds(1)
      let event = state.network.next(until: limit)
      let now = state.network.now
      guard let event else {
        guard let place = state.deaf.firstIndex(where: { $0.due <= now }) else { return (now, nil) }
        return (now, Self.end(state.deaf.remove(at: place).key, Self.broken, &state).map { .end(Self.broken, $0) })
      }
      switch event {
      case .received(let carrier, let end, let bytes):
        let key = Key(carrier: carrier, end: end)
        guard var half = state.halves[key], !half.isOver else { return (now, nil) }
        half.buffer += bytes
        let messages = Self.messages(in: &half.buffer)
        state.halves[key] = half
        return (now, .messages(messages, half.incoming))
      case .closed(let carrier, let end):
        return (now, Self.end(Key(carrier: carrier, end: end), nil, &state).map { .end(nil, $0) })
      case .lost(let carrier, let end):
        state.deaf.append((now + silence, Key(carrier: carrier, end: end.other)))
        return (now, Self.end(Key(carrier: carrier, end: end), Self.broken, &state).map { .end(Self.broken, $0) })
      }
    }
    switch arrival {
    case .messages(let messages, let channel): for message in messages { _ = channel.offer(message) }
    case .end(let error, let channel): channel.finish(error)
    case nil: break
    }
    clock.advance(to: now)
  }

  private static func end(_ key: Key, _ error: TransportError?, _ state: inout State) -> MessageChannel? {
    guard state.halves[key]?.isOver == false else { return nil }
    state.halves[key]?.isOver = true
    return state.halves[key]?.incoming
  }

  private static func messages(in buffer: inout [UInt8]) -> [EdgeMessage] {
    var messages: [EdgeMessage] = []
    var place = 0
    while buffer.count - place >= 4 {
      let length = buffer[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard buffer.count - place - 4 >= length else { break }
      // What was encoded by the other end is a message.
      if let message = try? EdgeMessage(decoding: Array(buffer[place + 4..<place + 4 + length])) {
        messages.append(message)
      }
      place += 4 + length
    }
    buffer.removeFirst(place)
    return messages
  }
}

/// One end of a connection of ``SimulatedLinks``.
public struct SimulatedLink: MessageConnection {
  fileprivate let links: SimulatedLinks
  fileprivate let carrier: SimulatedNetwork.Carrier
  fileprivate let end: SimulatedNetwork.End
  fileprivate let incoming: MessageChannel

  public var inbound: InboundMessages {
    InboundMessages { [incoming] () async throws(TransportError) -> EdgeMessage? in try await incoming.next() }
  }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try links.send(message, from: self) }
  public func close() async { links.close(self) }
}
