#if Networking
import NIOCore
import Testing

@testable import EdgeGRPC

@Suite struct WireTests {
  @Test("Messages are put together whatever pieces they come in")
  func splits() {
    let frames = [[UInt8]](arrayLiteral: [], [1], Array(0..<200)).map { bytes in
      MessageFrame.make { $0.writeBytes(bytes) }
    }
    var whole = ByteBuffer()
    for frame in frames { whole.writeImmutableBuffer(frame) }
    for size in 1...whole.readableBytes {
      var assembler = MessageAssembler(maximumMessageBytes: 200)
      var rest = whole
      var lengths: [Int] = []
      while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
        assembler.append(piece)
        while case .message(let message) = assembler.next() { lengths.append(message.readableBytes) }
      }
      #expect(lengths == [0, 1, 200])
      #expect(assembler.pendingBytes == 0)
    }
  }

  @Test("Timeouts are read in every unit and written rounded up")
  func timeouts() {
    #expect(GRPCTimeout.parse("1H") == .hours(1))
    #expect(GRPCTimeout.parse("99999999n") == .nanoseconds(99_999_999))
    #expect(GRPCTimeout.parse("99999999H") != nil)
    for bad in ["", "S", "1", "-1S", "123456789S", "1x", "1 S"] { #expect(GRPCTimeout.parse(bad) == nil) }
    #expect(GRPCTimeout.format(.nanoseconds(1)) == "1n")
    #expect(GRPCTimeout.format(.milliseconds(1_500)) == "1500000u")
    #expect(GRPCTimeout.format(.nanoseconds(100_000_000_001)) == "100001m")
  }

  @Test("Status messages are percent-encoded and bad encodings stand for themselves")
  func percent() {
    for text in ["plain", "100 %", "\u{1F980}\n", "%41"] {
      #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
    }
    #expect(PercentEncoding.decode("a%zz%4") == "a%zz%4")
  }

  @Test("A window gives back what was taken and holds back the rest")
  func windows() {
    var window = ReceiveWindow(size: 100)
    let step1 = window.received(40)
    #expect(step1 == nil)
    let step2 = window.received(20)
    #expect(step2 == 60)
    let step3 = window.received(60, holding: 60)
    #expect(step3 == nil)
    let step4 = window.taken(30)
    #expect(step4 == nil)
    let step5 = window.taken(30)
    #expect(step5 == 60)
    // A message of 150 that was given back in part before it was whole.
    let step6 = window.received(100)
    #expect(step6 == 100)
    let step7 = window.received(50, holding: 150)
    #expect(step7 == nil)
    let step8 = window.taken(150)
    #expect(step8 == 50)
  }

  @Test("Pings are struck when they come too soon and forgiven when something was sent")
  func strikes() {
    var strikes = PingStrikes(minimumInterval: .seconds(5))
    var now = NIODeadline.uptimeNanoseconds(0)
    for _ in 0..<10 {
      let isTooMany1 = strikes.receivedPing(at: now)
      #expect(!isTooMany1)
      now = now + .seconds(5)
    }
    let isTooMany2 = strikes.receivedPing(at: now - .seconds(1))
    #expect(!isTooMany2)
    let isTooMany3 = strikes.receivedPing(at: now)
    #expect(!isTooMany3)
    strikes.sentFrames()
    let isTooMany4 = strikes.receivedPing(at: now)
    #expect(!isTooMany4)
    let isTooMany5 = strikes.receivedPing(at: now)
    #expect(!isTooMany5)
    let isTooMany6 = strikes.receivedPing(at: now)
    #expect(!isTooMany6)
    let isTooMany7 = strikes.receivedPing(at: now)
    #expect(isTooMany7)
  }

  @Test("Large answers earn the pings with which a peer measures the path while it receives them")
  func pingsForData() {
    var strikes = PingStrikes(minimumInterval: .seconds(5))
    let now = NIODeadline.uptimeNanoseconds(0)
    strikes.sentData(40 << 10)
    // The first, one for each 4 KiB, and the two that are forgiven to anybody.
    for _ in 0..<13 {
      let isTooMany = strikes.receivedPing(at: now)
      #expect(!isTooMany)
    }
    let isTooMany = strikes.receivedPing(at: now)
    #expect(isTooMany)
  }
}
#endif
