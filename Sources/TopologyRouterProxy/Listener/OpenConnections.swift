#if Networking
import NIOCore
import Synchronization

/// The client connections of a proxy, bounded, so that a stop can wait for them.
final class OpenConnections: Sendable {
  private let maximum: Int
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  init(maximum: Int) { self.maximum = maximum }

  /// Takes the connection in, or returns false when the proxy has its maximum.
  func insert(_ channel: any Channel) -> Bool {
    channels.withLock { channels in
      guard channels.count < maximum else { return false }
      channels[ObjectIdentifier(channel)] = channel
      return true
    }
  }

  func remove(_ channel: any Channel) { channels.withLock { $0[ObjectIdentifier(channel)] = nil } }

  /// Waits until every connection has ended; those still open after `limit` are closed.
  func drain(limit: Duration, on eventLoop: any EventLoop) async {
    let open = channels.withLock { Array($0.values) }
    guard !open.isEmpty else { return }
    let cut = eventLoop.scheduleTask(in: TimeAmount(limit)) {
      for channel in open { channel.close(promise: nil) }
    }
    for channel in open { try? await channel.closeFuture.get() }
    cut.cancel()
  }
}
#endif
