import Testing

@testable import EdgeTransport

/// A client's and a server's machine and a carrier that loses nothing, at a time that the test moves.
struct MachinePair {
  var client: FramedSessionMachine
  var server: FramedSessionMachine
  var clientConnection: UInt64 = 0
  var serverConnection: UInt64 = 0
  var now: Duration = .zero

  struct NotConnected: Error {}

  static let credential = SessionCredential(id: SessionID(high: 1, low: 2), secret: Array(repeating: 9, count: 32))

  static func configuration(_ change: (inout FramedSessionConfiguration) -> Void = { _ in })
    -> FramedSessionConfiguration
  {
    var configuration = FramedSessionConfiguration()
    configuration.sessionWindowBytes = 4000
    configuration.streamWindowBytes = 1000
    configuration.peerStreams = 4
    change(&configuration)
    return configuration
  }

  /// - Parameter connects: whether the greetings are exchanged.
  init(
    client clientConfiguration: FramedSessionConfiguration = configuration(),
    server serverConfiguration: FramedSessionConfiguration = configuration(), connects: Bool = true
  ) throws {
    let credential = try #require(Self.credential)
    client = FramedSessionMachine(
      role: .client, credential: credential, configuration: clientConfiguration, now: .zero)
    server = FramedSessionMachine(
      role: .server, credential: credential, configuration: serverConfiguration, now: .zero)
    if connects {
      try connect()
      pump()
      _ = client.takeActions()
      _ = server.takeActions()
    }
  }

  /// A new carrier; the client's greeting reaches the server.
  mutating func connect() throws {
    try attachClient()
    try greet(with: clientBytes())
  }

  mutating func attachClient() throws {
    guard let number = client.attach(now: now) else { throw NotConnected() }
    clientConnection = number
  }

  mutating func greet(with bytes: [UInt8]) throws {
    var reader = GreetingReader()
    guard let greeting = try reader.receive(bytes),
      let number = try server.attach(greeting, reader: reader.reader, now: now)
    else { throw NotConnected() }
    serverConnection = number
  }

  mutating func clientBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    _ = client.write(on: clientConnection, into: &bytes, now: now)
    return bytes
  }

  mutating func serverBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    _ = server.write(on: serverConnection, into: &bytes, now: now)
    return bytes
  }

  mutating func clientFrames() -> [Frame] { decoded(clientBytes()) }
  mutating func serverFrames() -> [Frame] { decoded(serverBytes()) }

  private func decoded(_ bytes: [UInt8]) -> [Frame] { readFrames(bytes) { max(1, bytes.count) }.frames }

  /// Carries bytes both ways until nobody has any.
  mutating func pump() {
    while true {
      let up = clientBytes()
      if !up.isEmpty { server.receive(up, on: serverConnection, now: now) }
      let down = serverBytes()
      if !down.isEmpty { client.receive(down, on: clientConnection, now: now) }
      if up.isEmpty && down.isEmpty { return }
    }
  }

  /// What a client that obeys no rule sends.
  mutating func inject(_ frames: [Frame]) {
    var bytes: [UInt8] = []
    for frame in frames { frame.append(to: &bytes) }
    server.receive(bytes, on: serverConnection, now: now)
  }

  mutating func breakCarrier() {
    client.connectionLost(clientConnection, now: now)
    server.connectionLost(serverConnection, now: now)
  }

  mutating func openedByClient(
    _ direction: StreamDirection = .unidirectional, priority: StreamPriority = .objects
  ) throws -> StreamID {
    guard case .opened(let id) = client.openStream(direction, priority: priority) else { throw NotConnected() }
    return id
  }
}

extension StreamFrame {
  init(_ id: UInt64, at offset: UInt64 = 0, _ text: String, isFinal: Bool = false) {
    self.init(stream: StreamID(rawValue: id), offset: offset, isFinal: isFinal, data: Array(text.utf8)[...])
  }
}

extension Frame {
  static func stream(_ id: UInt64, at offset: UInt64 = 0, _ text: String, isFinal: Bool = false) -> Frame {
    .stream(StreamFrame(id, at: offset, text, isFinal: isFinal))
  }
}
