import EdgePrimitives
import EdgeTestKit

@testable import EdgeTransport

/// A client, a server, their applications, and the network between them.
struct FramedWorld {
  typealias End = SimulatedNetwork.End

  /// What an application has done with the streams of its end.
  struct Application {
    var written: [StreamID: UInt64] = [:]
    var finished: Set<StreamID> = []
    var reset: Set<StreamID> = []
    var read: [StreamID: UInt64] = [:]
    var ended: Set<StreamID> = []
    var known: [StreamID] = []
    var stopped: Set<StreamID> = []
  }

  let seed: UInt64
  let entropy: SeededEntropy
  var network: SimulatedNetwork
  var client: FramedSessionMachine
  var server: FramedSessionMachine
  var applications: [End: Application] = [.client: Application(), .server: Application()]
  /// The carrier each end uses, with the number its machine gave it.
  var attached: [End: (carrier: SimulatedNetwork.Carrier, number: UInt64)] = [:]
  var greetings: [SimulatedNetwork.Carrier: GreetingReader] = [:]
  var faults: [String] = []

  init(seed: UInt64) {
    self.seed = seed
    entropy = SeededEntropy(seed: seed ^ 0x5EED)
    var bad = SimulatedNetwork.Faults()
    bad.breaks = 30
    bad.halfOpen = 30
    bad.partitions = 10
    bad.maximumPiece = seed % 16 == 0 ? 3 : 1500
    network = SimulatedNetwork(seed: seed, faults: bad)
    var configuration = FramedSessionConfiguration()
    configuration.sessionWindowBytes = 6000
    configuration.streamWindowBytes = 2000
    configuration.peerStreams = 6
    configuration.sessionSendBytes = 8000
    configuration.streamSendBytes = 3000
    configuration.maximumPayloadBytes = 700
    configuration.writeBytes = 1500
    configuration.starvationGuardBytes = 4000
    configuration.maximumUnacknowledgedFrames = 40
    configuration.answerTimeout = .seconds(2)
    configuration.keepalive = .seconds(3)
    configuration.detachedLifetime = .seconds(100_000)
    // A few compress, since it takes long in a debug build; some of them with a peer that does not know of it.
    var other = configuration
    if seed % 8 < 2 {
      configuration.compression = FrameCompression(dictionaries: [nil], leastBytes: 32)
      if seed % 8 == 0 { other.compression = configuration.compression }
    }
    let credential = SessionCredential(id: SessionID(high: 1, low: seed), secret: Array(repeating: 9, count: 32))
    guard let credential else { fatalError("a secret of 32 bytes") }
    client = FramedSessionMachine(role: .client, credential: credential, configuration: configuration, now: .zero)
    server = FramedSessionMachine(role: .server, credential: credential, configuration: other, now: .zero)
  }

  subscript(end: End) -> FramedSessionMachine {
    get { end == .client ? client : server }
    _modify { if end == .client { yield &client } else { yield &server } }
  }

  func chance(_ percent: UInt64) -> Bool { entropy.next(below: 100) < percent }
  mutating func fault(_ text: String) { faults.append("\(network.now): \(text)") }

  /// The bytes of a stream, so that one at a wrong place is noticed: a pattern with a period that is no power of two,
  /// begun elsewhere for each stream.
  static let pattern: [UInt8] = {
    let entropy = SeededEntropy(seed: 1)
    let period = (0..<2039).map { _ in UInt8(truncatingIfNeeded: entropy.next() & 0x1F) }
    return period + period + period + period
  }()

  static func bytes(_ id: StreamID, from offset: UInt64, count: Int) -> ArraySlice<UInt8> {
    let start = Int((offset + id.rawValue * 101) % 2039)
    return pattern[start..<start + count]
  }

  mutating func run(steps: Int) {
    for _ in 0..<steps where faults.isEmpty {
      for end in [End.client, .server] { act(end) }
      moveOn(by: .milliseconds(Int64(entropy.next(below: 120))))
      if chance(2), let carrier = attached[.client]?.carrier {
        network.crash(carrier, at: .client)
        lose(.client)
      }
    }
    network.faults = .none
    for end in [End.client, .server] {
      for id in applications[end]?.known ?? [] {
        self[end].finish(id)
        applications[end]?.finished.insert(id)
      }
    }
    var rounds = 0
    while faults.isEmpty, !isDone, rounds < 3000 {
      rounds += 1
      for end in [End.client, .server] { readAll(end) }
      moveOn(by: .milliseconds(100))
    }
    check()
  }

  /// Connects if there is no connection, writes what is to be written, and lets `duration` pass.
  mutating func moveOn(by duration: Duration) {
    let limit = network.now + duration
    repeat {
      if attached[.client] == nil, let carrier = network.connect() {
        if let number = client.attach(now: network.now) { attached[.client] = (carrier, number) }
      }
      for end in [End.client, .server] {
        self[end].tick(now: network.now)
        flush(end)
      }
      let deadline = min(limit, client.deadline ?? limit, server.deadline ?? limit)
      guard let event = network.next(until: max(deadline, network.now)) else { continue }
      handle(event)
    } while network.now < limit && faults.isEmpty
  }

  mutating func flush(_ end: End) {
    drainActions(end)
    while let (carrier, number) = attached[end], network.bytesInFlight(on: carrier, from: end) < 3000 {
      var bytes: [UInt8] = []
      let output = self[end].write(on: number, into: &bytes, now: network.now)
      network.send(bytes, on: carrier, from: end)
      if output == .last {
        network.close(carrier, from: end)
        lose(end)
      }
      if output == .nothing { break }
    }
    drainActions(end)
  }

  mutating func lose(_ end: End) {
    guard let (_, number) = attached.removeValue(forKey: end) else { return }
    self[end].connectionLost(number, now: network.now)
  }

  mutating func handle(_ event: SimulatedNetwork.Event) {
    switch event {
    case .received(let carrier, let end, let bytes):
      if let (current, number) = attached[end], current == carrier {
        self[end].receive(bytes, on: number, now: network.now)
      } else if end == .server {
        greet(bytes, on: carrier)
      }
    case .closed(let carrier, let end), .lost(let carrier, let end):
      if attached[end]?.carrier == carrier { lose(end) }
      if end == .server { greetings[carrier] = nil }
    }
  }

  mutating func greet(_ bytes: [UInt8], on carrier: SimulatedNetwork.Carrier) {
    var reader = greetings[carrier] ?? GreetingReader()
    do throws(FramingError) {
      let greeting = try reader.receive(bytes)
      greetings[carrier] = reader
      guard let greeting else { return }
      greetings[carrier] = nil
      guard greeting.credential.map({ server.credential.matches($0) }) == true else {
        return fault("a greeting of somebody else")
      }
      let old = attached[.server]
      if let number = try server.attach(greeting, reader: reader.reader, now: network.now) {
        // The old connection is told last, and closed.
        if let old {
          var bytes: [UInt8] = []
          _ = server.write(on: old.number, into: &bytes, now: network.now)
          network.send(bytes, on: old.carrier, from: .server)
          network.close(old.carrier, from: .server)
        }
        attached[.server] = (carrier, number)
      }
    } catch {
      if error.code != .sessionTakenOver { fault("greeting refused: \(error)") }
      network.close(carrier, from: .server)
    }
  }

  mutating func drainActions(_ end: End) {
    for action in self[end].takeActions() {
      switch action {
      case .closed(let reason): fault("\(end) closed: \(reason)")
      case .stopped(let id, _): applications[end]?.reset.insert(id)
      default: break
      }
    }
    while let id = self[end].acceptStream() {
      if applications[end]?.known.contains(id) == true { fault("\(end) accepted \(id) twice") }
      applications[end]?.known.append(id)
    }
  }

  mutating func act(_ end: End) {
    if chance(25) {
      let direction: StreamDirection = chance(50) ? .bidirectional : .unidirectional
      let priority = StreamPriority(rawValue: UInt8(entropy.next(below: 4))) ?? .objects
      if case .opened(let id) = self[end].openStream(direction, priority: priority) {
        applications[end]?.known.append(id)
      }
    }
    for _ in 0..<3 {
      guard let known = applications[end]?.known, !known.isEmpty else { return }
      // Mostly the newer ones, since the older are over.
      let back = entropy.next(below: UInt64(min(known.count, 8)))
      let id = known[known.count - 1 - Int(back)]
      switch entropy.next(below: 100) {
      case 0..<50: write(end, id)
      case 50..<88: read(end, id)
      case 88..<95:
        self[end].finish(id)
        applications[end]?.finished.insert(id)
      case 95..<97:
        self[end].reset(id, code: 7)
        if applications[end]?.finished.contains(id) == false { applications[end]?.reset.insert(id) }
        applications[end]?.finished.insert(id)
        applications[end]?.reset.insert(id)
      case 97:
        self[end].stopReading(id, code: 8)
        applications[end]?.stopped.insert(id)
      default: _ = self[end].sendDatagram([1, 2, 3])
      }
    }
  }

  mutating func write(_ end: End, _ id: StreamID) {
    let start = applications[end]?.written[id] ?? 0
    let count = entropy.next(below: chance(10) ? 4000 : 300)
    if case .accepted(let taken) = self[end].write(Self.bytes(id, from: start, count: Int(count)), to: id) {
      applications[end]?.written[id] = start + UInt64(taken)
    }
    if self[end].bufferedBytes > 8000 { fault("\(end) keeps \(self[end].bufferedBytes) bytes") }
  }

  mutating func read(_ end: End, _ id: StreamID) {
    guard id.isReceived(by: end == .client ? .client : .server) else { return }
    let start = applications[end]?.read[id] ?? 0
    switch self[end].read(id, maximum: 1 + Int(entropy.next(below: 1500))) {
    case .data(let bytes):
      guard bytes[...] == Self.bytes(id, from: start, count: bytes.count) else {
        return fault("\(end) read wrong bytes of \(id) from \(start) on")
      }
      applications[end]?.read[id] = start + UInt64(bytes.count)
    case .end:
      let isStopped = applications[end]?.stopped.contains(id) == true
      if !isStopped, applications[end]?.ended.contains(id) == false {
        let written = applications[end.other]?.written[id] ?? 0
        let wasReset = applications[end.other]?.reset.contains(id) == true
        if start != written, !wasReset { fault("\(end) read \(start) of \(written) bytes of \(id)") }
      }
      applications[end]?.ended.insert(id)
    case .reset:
      if applications[end.other]?.reset.contains(id) != true { fault("\(id) was reset by nobody") }
      applications[end]?.ended.insert(id)
    case .wait: break
    case .closed(let reason): fault("closed: \(reason)")
    }
  }

  mutating func readAll(_ end: End) {
    for id in applications[end]?.known ?? [] where applications[end]?.ended.contains(id) == false {
      self[end].finish(id)
      applications[end]?.finished.insert(id)
      read(end, id)
    }
  }

  var isDone: Bool { client.streamCount == 0 && server.streamCount == 0 && client.isFlushed && server.isFlushed }

  mutating func check() {
    guard faults.isEmpty else { return }
    if !isDone {
      fault("after the network is good again \(client.streamCount) and \(server.streamCount) streams are not over")
    }
    for end in [End.client, .server] {
      if self[end].bufferedBytes != 0 { fault("\(end) still keeps \(self[end].bufferedBytes) bytes") }
      if self[end].window.consumed != self[end].window.received { fault("\(end) has lost credit") }
      if self[end].window.received != self[end.other].sendUsed { fault("the ends count the credit differently") }
      for (id, written) in applications[end]?.written ?? [:] {
        let other = applications[end.other]
        guard applications[end]?.reset.contains(id) == false, other?.stopped.contains(id) == false else { continue }
        if other?.read[id] ?? 0 != written { fault("\(other?.read[id] ?? 0) of \(written) bytes of \(id) arrived") }
      }
    }
  }
}
