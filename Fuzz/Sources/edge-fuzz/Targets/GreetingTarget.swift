@testable import EdgeTransport

/// However the first bytes of a carrier are cut, the same greeting or the same refusal comes out; a greeting comes back from
/// its own bytes; and a server that begins or resumes a session with it answers with a greeting, stays within its bounds
/// and ends.
///
/// The first byte of the input chooses the length of the pieces.
func fuzzGreeting(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let stream = Array(bytes.dropFirst())
  let whole = greeting(of: stream, inPiecesOf: max(1, stream.count))
  let cut = greeting(of: stream, inPiecesOf: Int(choice) + 1)
  require(whole.greeting == cut.greeting && whole.code == cut.code, "another greeting in pieces of \(Int(choice) + 1)")
  guard let greeting = whole.greeting, let credential = greeting.credential else { return }
  var again: [UInt8] = []
  frame(of: greeting).append(to: &again)
  var reader = GreetingReader()
  require((try? reader.receive(again)) == greeting, "another greeting reads back")
  answer(greeting, credential)
}

private func greeting(
  of bytes: [UInt8], inPiecesOf length: Int
) -> (greeting: SessionGreeting?, code: FramingErrorCode?) {
  var reader = GreetingReader()
  var rest = bytes[...]
  do throws(FramingError) {
    while !rest.isEmpty {
      if let greeting = try reader.receive(Array(rest.prefix(length))) { return (greeting, nil) }
      rest = rest.dropFirst(length)
    }
  } catch {
    return (nil, error.code)
  }
  return (nil, nil)
}

private func frame(of greeting: SessionGreeting) -> Frame {
  switch greeting {
  case .hello(let hello): .hello(hello)
  case .resume(let resumption): .resume(resumption)
  }
}

/// A server with a session of this credential: a new one for a hello, one with streams on their way for a resumption.
private func answer(_ greeting: SessionGreeting, _ credential: SessionCredential) {
  var configuration = FramedSessionConfiguration()
  configuration.sessionWindowBytes = 3000
  configuration.streamWindowBytes = 1000
  configuration.peerStreams = 8
  configuration.compression = .kubernetes
  var server = FramedSessionMachine(role: .server, credential: credential, configuration: configuration, now: .zero)
  var written: [UInt8] = []
  if case .resume = greeting {
    let hello = SessionHello(
      id: credential.id, secret: credential.secret, attempt: 1, parameters: configuration.parameters)
    guard let first = try? server.attach(.hello(hello), reader: FrameReader(maximumFrameBytes: 65_527), now: .zero)
    else { fatalError("a good greeting is refused") }
    for _ in 0..<3 {
      if case .opened(let stream) = server.openStream(.bidirectional) {
        _ = server.write(Array(repeating: 7, count: 300)[...], to: stream)
      }
    }
    _ = server.write(on: first, into: &written, now: .zero)
    server.connectionLost(first, now: .seconds(1))
    written = []
  }
  guard let number = try? server.attach(greeting, reader: FrameReader(maximumFrameBytes: 65_527), now: .seconds(2))
  else { return }
  for _ in 0..<100 where server.write(on: number, into: &written, now: .seconds(2)) == .bytes {}
  if let first = (try? Frame.decode(written[...]))??.frame {
    switch first {
    case .hello, .resume, .connectionClose: break
    default: fatalError("a session begins with \(first)")
    }
  }
  require(server.streamCount <= 19, "\(server.streamCount) streams")
  require(written.count <= 70_000, "\(written.count) bytes at once")
  server.connectionLost(number, now: .seconds(3))
  server.tick(now: .seconds(100_000))
  require(server.close != nil, "a session that never ends")
}
