import EdgeTransport

extension CarrierConformance {
  static let endCases = [
    CarrierConformanceCase("after a close the peer receives what was sent before, then the end, every time it asks") {
      makePair in
      let pair = try await makePair()
      try await pair.client.send(pattern(from: 0, count: 100_000))
      async let closing: Void = pair.client.close()
      try await receivePattern(100_000, on: pair.server)
      try expect(try await pair.server.receive() == nil, "something after the end")
      try expect(try await pair.server.receive() == nil, "something after the end")
      await closing
      await pair.server.close()
    },
    CarrierConformanceCase("an end that has closed sends no more, receives the end, and may close again") { makePair in
      let pair = try await makePair()
      await pair.client.close()
      try await expectEnd([.closed]) { () async throws(TransportError) in try await pair.client.send([1]) }
      try expect(try await pair.client.receive() == nil, "something after the end")
      await pair.client.close()
      await pair.server.close()
    },
    CarrierConformanceCase("an end whose peer has closed cannot go on sending for ever") { makePair in
      let pair = try await makePair()
      await pair.client.close()
      try await expectEnd([.closed, .connectionLost]) { () async throws(TransportError) in
        // What is in buffers may still be taken.
        for _ in 0..<maximumBufferedBytes / 4096 { try await pair.server.send([UInt8](repeating: 1, count: 4096)) }
      }
      await pair.server.close()
    },
    CarrierConformanceCase("a broken link is no close: both ends are told that the connection is lost") { makePair in
      let pair = try await makePair()
      try await pair.client.send([1])
      _ = try await pair.server.receive()
      async let client: Void = expectEnd([.connectionLost, .timedOut]) { () async throws(TransportError) in
        while try await pair.client.receive() != nil {}
      }
      async let server: Void = expectEnd([.connectionLost, .timedOut]) { () async throws(TransportError) in
        while try await pair.server.receive() != nil {}
      }
      await pair.breakLink()
      try await client
      try await server
      try await expectEnd([.connectionLost, .closed, .timedOut]) { () async throws(TransportError) in
        for _ in 0..<maximumBufferedBytes / 4096 { try await pair.client.send([UInt8](repeating: 1, count: 4096)) }
      }
      await pair.client.close()
      await pair.server.close()
    },
    CarrierConformanceCase("a cancelled receive ends, and so does a cancelled send that waits for room") { makePair in
      let pair = try await makePair()
      let receiving = Task { try await pair.client.receive() }
      try await Task.sleep(for: .milliseconds(20))
      receiving.cancel()
      // A carrier that ends with its reader may say so by the end instead.
      _ = try? await receiving.value
      let sending = Task {
        for _ in 0..<2 * maximumBufferedBytes / 65_536 {
          try await pair.server.send([UInt8](repeating: 1, count: 65_536))
        }
      }
      try await Task.sleep(for: .milliseconds(100))
      sending.cancel()
      if case .success = await sending.result { throw ConformanceFailure("a send without a reader came to its end") }
      await pair.client.close()
      await pair.server.close()
    },
  ]
}
