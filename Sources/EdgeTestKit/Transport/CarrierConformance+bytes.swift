import EdgeTransport
import Synchronization

extension CarrierConformance {
  static let byteCases = [
    CarrierConformanceCase("bytes arrive in order and unchanged, in both directions at once, however they are written")
    {
      makePair in
      let pair = try await makePair()
      let total = 1 << 20
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (sender, receiver) in [(pair.client, pair.server), (pair.server, pair.client)] {
          group.addTask {
            var sent = 0
            var length = 1
            while sent < total {
              let count = min(length, total - sent)
              try await sender.send(pattern(from: sent, count: count))
              sent += count
              length = length % 30_000 * 3 + 1
            }
          }
          group.addTask { try await receivePattern(total, on: receiver) }
        }
        try await group.waitForAll()
      }
      await pair.client.close()
      await pair.server.close()
    },
    CarrierConformanceCase("a write that is larger than every buffer arrives whole") { makePair in
      let pair = try await makePair()
      let total = 6 << 20
      async let sending: Void = pair.client.send(pattern(from: 0, count: total))
      try await receivePattern(total, on: pair.server)
      try await sending
      await pair.client.close()
      await pair.server.close()
    },
    CarrierConformanceCase("nothing is sent for an empty write") { makePair in
      let pair = try await makePair()
      try await pair.client.send([])
      try await pair.client.send(pattern(from: 0, count: 3))
      try await receivePattern(3, on: pair.server)
      await pair.client.close()
      await pair.server.close()
    },
    CarrierConformanceCase("a reader that is slow suspends the sender, and nothing is lost meanwhile") { makePair in
      let pair = try await makePair()
      let sent = Counter()
      let block = 64 << 10
      let total = maximumBufferedBytes + 4 * block
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let bytes = [UInt8](repeating: 7, count: block)
          for _ in 0..<total / block {
            try await pair.client.send(bytes)
            sent.add(block)
          }
        }
        // Until the sender stands still.
        var before = -1
        while before != sent.value {
          before = sent.value
          try await Task.sleep(for: .milliseconds(200))
        }
        try expect(before < maximumBufferedBytes, "\(before) bytes were taken while nobody read")
        var received = 0
        while received < total, let piece = try await pair.server.receive() { received += piece.count }
        try expectEqual(received, total, "the number of bytes")
        try await group.waitForAll()
      }
      await pair.client.close()
      await pair.server.close()
    },
  ]
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }
  func add(_ number: Int) { count.withLock { $0 += number } }
}
