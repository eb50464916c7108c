@testable import EdgeTransport

/// However a carrier cuts its bytes, the same frames or the same error come out; a frame comes back from its own bytes; and a
/// session takes whatever comes without keeping more than it allowed.
///
/// The first byte of the input chooses the length of the pieces.
func fuzzFrames(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let stream = Array(bytes.dropFirst())
  let whole = frames(of: stream, inPiecesOf: max(1, stream.count))
  let cut = frames(of: stream, inPiecesOf: Int(choice) + 1)
  require(whole.frames == cut.frames && whole.code == cut.code, "other frames in pieces of \(Int(choice) + 1)")
  for frame in whole.frames {
    var again: [UInt8] = []
    frame.append(to: &again)
    require((try? Frame.decode(again[...]))??.frame == frame, "another frame: \(frame)")
  }
  feedSession(stream)
}

private func frames(of bytes: [UInt8], inPiecesOf length: Int) -> (frames: [Frame], code: FramingErrorCode?) {
  var reader = FrameReader(maximumFrameBytes: 2000)
  var frames: [Frame] = []
  var rest = bytes[...]
  do throws(FramingError) {
    while !rest.isEmpty {
      reader.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
      while let frame = try reader.next() {
        if case .padding = frame { continue }
        frames.append(frame)
      }
      require(reader.pendingBytes <= 2000 + length, "\(reader.pendingBytes) bytes wait")
    }
  } catch {
    return (frames, error.code)
  }
  return (frames, nil)
}

/// A server with a session that has sent and received something.
private func feedSession(_ bytes: [UInt8]) {
  var configuration = FramedSessionConfiguration()
  configuration.sessionWindowBytes = 3000
  configuration.streamWindowBytes = 1000
  configuration.peerStreams = 8
  configuration.compression = FrameCompression(dictionaries: [nil])
  let parameters = configuration.parameters
  let id = SessionID(high: 1, low: 2)
  guard let credential = SessionCredential(id: id, secret: Array(repeating: 1, count: 16)) else { return }
  var server = FramedSessionMachine(
    role: .server, credential: credential, configuration: configuration, now: .zero)
  let hello = SessionHello(id: id, secret: credential.secret, attempt: 1, parameters: parameters)
  guard let number = try? server.attach(.hello(hello), reader: FrameReader(maximumFrameBytes: 2000), now: .zero) else {
    fatalError("a good greeting is refused")
  }
  if case .opened(let stream) = server.openStream(.bidirectional) { _ = server.write([1, 2, 3], to: stream) }
  var written: [UInt8] = []
  _ = server.write(on: number, into: &written, now: .zero)
  server.receive(bytes, on: number, now: .zero)
  require(server.streamCount <= 17, "\(server.streamCount) streams")
  while let stream = server.acceptStream() {
    var read = 0
    while case .data(let data) = server.read(stream) { read += data.count }
    require(read <= 1000, "\(read) bytes of one stream")
    _ = server.write([4, 5], to: stream)
    server.finish(stream)
  }
  for _ in 0..<100 where server.write(on: number, into: &written, now: .seconds(1)) == .bytes {}
  server.connectionLost(number, now: .seconds(2))
  server.tick(now: .seconds(1000))
  require(server.close != nil, "a session that never ends")
}
