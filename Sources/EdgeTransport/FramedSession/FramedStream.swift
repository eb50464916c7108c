/// One stream of a ``FramedSession``. It outlives connections: writing and reading wait while there is none.
///
/// One task reads and one writes at a time. A stream uses a place of its peer's limit until both its parts are over: whoever
/// does not read to the end calls ``stopReading(code:)``, whoever is done writing calls ``finish()``.
public struct FramedStream: Sendable {
  public let id: StreamID
  let session: FramedSession

  /// The class that its opener has chosen; nil when it is over.
  public var priority: StreamPriority? { session.perform { $0.priority(of: id) } }

  /// Suspends until all of `bytes` are in the send buffer, which is full while the peer does not acknowledge. They are then
  /// delivered as long as the session lives.
  /// - Throws: `streamOver` when the stream was finished, reset or stopped; `closed` with the reason when the session is
  ///   over; `cancelled`. Some of the bytes may have been taken.
  public func write(_ bytes: [UInt8]) async throws(TransportError) {
    var rest = bytes[...]
    try await write(from: &rest)
  }

  /// The same, but what was not taken stands in `rest` after an error.
  func write(from rest: inout ArraySlice<UInt8>) async throws(TransportError) {
    repeat {
      let bytes = rest
      switch try await session.wait(
        for: .write(id),
        { machine in
          let writing = machine.write(bytes, to: id)
          return writing == .accepted(0) && !bytes.isEmpty ? nil : writing
        })
      {
      case .accepted(let taken): rest = rest.dropFirst(taken)
      case .over: throw TransportError(code: .streamOver, message: "\(id) takes no more bytes")
      case .closed(let close): throw TransportError(close)
      }
    } while !rest.isEmpty
  }

  /// The next bytes, at most `maximum`; nil at the end.
  /// - Throws: `streamOver` with a ``StreamReset`` as its cause when the peer gave the stream up; `closed`; `cancelled`.
  public func read(maximum: Int = 64 << 10) async throws(TransportError) -> [UInt8]? {
    let part = try await session.wait(for: .read(id)) { machine in
      let part = machine.read(id, maximum: maximum)
      return part == .wait ? nil : part
    }
    switch part {
    case .data(let bytes): return bytes
    case .end, .wait: return nil
    case .reset(let code):
      throw TransportError(
        code: .streamOver, message: "\(id) was reset with \(code)", cause: StreamReset(code: code))
    case .closed(let close): throw TransportError(close)
    }
  }

  /// No more writes; the peer reads the end after the last byte.
  public func finish() { session.perform { $0.finish(id) } }

  /// Gives the sending part up; what was not sent is dropped.
  public func reset(code: UInt64) { session.perform { $0.reset(id, code: code) } }

  /// Drops what still comes and asks the peer to stop.
  public func stopReading(code: UInt64) { session.perform { $0.stopReading(id, code: code) } }
}

/// The peer has given a stream up.
public struct StreamReset: Error, Hashable, Sendable {
  /// The application's number.
  public let code: UInt64
}

extension TransportError.Code {
  /// A stream was finished, reset or stopped; the session goes on.
  public static let streamOver = TransportError.Code("streamOver")
}

extension TransportError {
  /// How a session ended.
  init(_ close: SessionClose) {
    let code: Code =
      switch close.reason {
      case .transport(.sessionTakenOver, _): .takenOver
      case .transport(.sessionExpired, _): .timedOut
      case .transport(.noError, _), .transport(.sessionUnknown, _), .transport(.connectionRefused, _), .application:
        .closed
      case .transport: .protocolViolation
      }
    self.init(code: code, message: close.description)
  }
}
