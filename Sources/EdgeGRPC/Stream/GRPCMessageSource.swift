#if Networking
import NIOCore

/// Makes the responses of one stream at the moment at which they can be sent.
///
/// A writer has to put what it has to say into messages before it knows when they leave. Where later news could have gone into
/// the same message, or would make an earlier one needless, a source is better: it is asked while the stream has room and
/// no earlier, so that nothing waits in between and what is sent is as new as can be.
public protocol GRPCMessageSource: Sendable {
  /// Adds messages, in order, until the batch is full or there is nothing to say. Called on the connection's event loop, by
  /// one at a time; it must not wait.
  ///
  /// - Returns: whether there is more. After false it is asked again once ``GRPCMessageDrain/wake()`` was called.
  func fill(_ batch: inout GRPCMessageBatch) -> Bool
}

/// Messages that leave together; frames are cut from their bytes without regard to where one begins.
public struct GRPCMessageBatch: Sendable {
  private(set) var bytes: ByteBuffer
  private let target: Int

  /// - Parameter target: bytes after which it is full.
  public init(target: Int) {
    self.target = target
    bytes = ByteBufferAllocator().buffer(capacity: min(target, Self.initialBytes))
  }

  /// Most streams have a few short messages to say; those that have more soon get as much as they need.
  private static let initialBytes = 4 << 10

  /// A full batch takes further messages all the same; the stream holds what its client does not take.
  public var isFull: Bool { bytes.readableBytes >= target }

  /// - Parameters:
  ///   - capacity: at least as many bytes as `encode` writes, where that is known.
  ///   - encode: appends the message.
  public mutating func append(reserving capacity: Int, _ encode: (inout ByteBuffer) -> Void) {
    MessageFrame.append(to: &bytes, reserving: capacity, encode)
  }
}

/// The connection's side of a stream whose responses come from a source.
public struct GRPCMessageDrain: Sendable {
  let mailbox: LoopMailbox<ServerCommand>
  let stream: StreamID

  /// Has the stream's responses made by `source` from now on. The connection lets go of it when the call is over.
  public func draw(from source: any GRPCMessageSource) { mailbox.post(.draw(stream, source)) }

  /// Says that the source has something. It need not be said again before the source has said that there is nothing left.
  public func wake() { mailbox.post(.wake(stream)) }
}
#endif
