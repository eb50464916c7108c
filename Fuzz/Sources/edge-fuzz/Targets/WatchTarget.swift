import EdgeJSON

@testable import EdgeAPIModels

/// However a stream is cut, the same frames come out of it; a frame comes back from its own bytes; an event that is read in
/// one pass is the one that is read in two.
///
/// The first byte of the input chooses the encoding and the length of the pieces.
func fuzzWatch(_ bytes: [UInt8]) {
  guard let choice = bytes.first else { return }
  let encoding: WatchFrame.Encoding = choice & 1 == 0 ? .json : .protobuf
  let stream = bytes.dropFirst()
  let whole = frames(of: [stream], encoding)
  var pieces: [ArraySlice<UInt8>] = []
  let length = Int(choice >> 1 & 15) + 1
  var rest = stream
  while !rest.isEmpty {
    pieces.append(rest.prefix(length))
    rest = rest.dropFirst(length)
  }
  require(whole == frames(of: pieces, encoding), "other frames when the stream is cut into pieces of \(length)")
  for case .success(let frame) in whole {
    require(frames(of: [frame.encoded(as: encoding)[...]], encoding) == [.success(frame)], "another frame: \(frame)")
  }
  if encoding == .json { readEvents(Array(stream)) }
}

private struct Refused: Error, Hashable {}

private func frames(of pieces: [ArraySlice<UInt8>], _ encoding: WatchFrame.Encoding) -> [Result<WatchFrame, Refused>] {
  var decoder = WatchFrameDecoder(encoding, maximumFrameBytes: 1_000)
  var results: [Result<WatchFrame, Refused>] = []
  for piece in pieces {
    decoder.append(piece)
    reading: while results.count < 10_000 {
      do throws(ObjectError) {
        guard let frame = try decoder.next() else { break reading }
        results.append(.success(frame))
      } catch {
        results.append(.failure(Refused()))
        // Nothing comes after a frame that is too long.
        if !decoder.hasPartialFrame, error.message.contains("longer") { return results }
      }
    }
  }
  return results
}

private func readEvents(_ line: [UInt8]) {
  guard let schema = TypeSchema(named: "core/v1.Pod") else { return }
  let found = line.withUnsafeBufferPointer { JSONRecordReader.readEvent($0, as: schema.layout) }
  guard let (type, record) = found else { return }
  guard let frame = try? WatchFrame(parsing: line, as: .json) else { fatalError("an event in one pass only") }
  require(frame.type == type, "\(frame.type) is \(type) in one pass")
  guard let rooted = try? SchemaObject.rooted(record, schema) else { return }
  let object = try? SchemaObject(json: frame.object, as: schema)
  require(object?.record == rooted, "another object in one pass")
}
