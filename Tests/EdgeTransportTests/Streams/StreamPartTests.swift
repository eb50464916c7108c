import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("parts of a stream")
struct StreamPartTests {
  @Test("a buffer gives the bytes between any two offsets, whatever was appended, dropped and taken")
  func buffer() {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    var buffer = StreamBuffer()
    var model: [UInt8] = []
    var start = 0
    for _ in 0..<3000 {
      switch entropy.next(below: 4) {
      case 0, 1:
        let piece = (0..<entropy.next(below: 3000)).map { _ in UInt8(truncatingIfNeeded: entropy.next()) }
        buffer.append(piece[...])
        model += piece
      case 2:
        let count = Int(entropy.next(below: UInt64(model.count + 1)))
        start += count
        model.removeFirst(count)
        buffer.drop(before: UInt64(start))
      default:
        let count = entropy.next(below: 8) == 0 ? Int.max : Int(entropy.next(below: 2000))
        let taken = buffer.take(maximum: count)
        #expect(taken == Array(model.prefix(count)), "seed \(seed)")
        start += taken.count
        model.removeFirst(taken.count)
      }
      #expect(buffer.start == UInt64(start) && buffer.count == model.count, "seed \(seed)")
      let from = Int(entropy.next(below: UInt64(model.count + 1)))
      let part = Array(buffer.slice(from: UInt64(start + from), maximum: 500))
      #expect(part == Array(model.dropFirst(from).prefix(500)), "seed \(seed)")
    }
  }

  @Test("a sending part gives its pieces within limit and credit, and its end without either")
  func send() {
    var stream = SendStream(limit: 10)
    stream.write(Array("0123456789ab".utf8)[...])
    #expect(stream.finish() && !stream.finish())
    let first = stream.next(maximum: 4, credit: 100)
    #expect(first?.offset == 0 && first?.data == Array("0123".utf8)[...] && first?.isFinal == false)
    #expect(stream.next(maximum: 100, credit: 3)?.newBytes == 3)
    #expect(stream.next(maximum: 100, credit: 0) == nil && !stream.isBlockedByLimit)
    #expect(stream.next(maximum: 100, credit: 100)?.data == Array("789".utf8)[...])
    #expect(stream.next(maximum: 100, credit: 100) == nil && stream.isBlockedByLimit)
    stream.raiseLimit(to: 12)
    stream.raiseLimit(to: 5)
    let last = stream.next(maximum: 100, credit: 100)
    #expect(last?.offset == 10 && last?.isFinal == true)
    #expect(!stream.wantsToSend && stream.bufferedBytes == 12)
    #expect(stream.acknowledge(upTo: 10, isFinal: false) == 10)
    #expect(stream.acknowledge(upTo: 12, isFinal: true) == 2)
    #expect(stream.isEnded)
  }

  @Test("bytes that are sent again use no credit")
  func repeated() throws {
    var stream = SendStream(limit: 100)
    stream.write(Array("0123456789".utf8)[...])
    _ = stream.next(maximum: 6, credit: 6)
    let (freed, again) = try stream.resume(from: 2)
    #expect(freed == 2 && again == 4)
    let piece = stream.next(maximum: 100, credit: 1)
    #expect(piece?.offset == 2 && piece?.data.count == 5 && piece?.newBytes == 1)
  }

  @Test("a reset that comes after the last byte changes nothing")
  func lateReset() throws {
    var stream = ReceiveStream(window: 100)
    _ = try stream.receive(StreamFrame(2, "abc", isFinal: true), sessionCredit: 100)
    let outcome = try stream.receiveReset(code: 1, finalSize: 3, sessionCredit: 100)
    #expect(outcome == ReceiveStream.Outcome())
    #expect(stream.read(maximum: 2) == .data(Array("ab".utf8)))
    #expect(stream.read(maximum: 2) == .data(Array("c".utf8)))
    #expect(stream.read(maximum: 2) == .end && stream.isEnded)
  }

  @Test("ids say who opened a stream, in which direction, and as which")
  func ids() {
    let id = StreamID(5, .unidirectional, openedBy: .server)
    #expect(id.rawValue == 23 && id.index == 5 && id.direction == .unidirectional && id.opener == .server)
    #expect(id.isSent(by: .server) && !id.isSent(by: .client) && id.isReceived(by: .client))
    #expect(StreamID(rawValue: 4).isSent(by: .server) && StreamID(rawValue: 4).opener == .client)
  }
}
