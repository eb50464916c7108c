#if Networking
import NIOCore

/// Finds out that a silent peer is gone: pings it when nothing was read for `interval`, and gives up when nothing comes
/// for `timeout` after that. Lives on the event loop.
final class Keepalive {
  private let interval: TimeAmount
  private let timeout: TimeAmount
  private let eventLoop: any EventLoop
  private var lastRead = NIODeadline.now()
  private var scheduled: Scheduled<Void>?
  private var ping: (() -> Void)?
  private var giveUp: (() -> Void)?

  init(interval: TimeAmount, timeout: TimeAmount, eventLoop: any EventLoop) {
    self.interval = interval
    self.timeout = timeout
    self.eventLoop = eventLoop
  }

  func start(ping: @escaping () -> Void, giveUp: @escaping () -> Void) {
    self.ping = ping
    self.giveUp = giveUp
    lastRead = .now()
    wait(until: lastRead + interval)
  }

  func didRead() { lastRead = .now() }

  func stop() {
    scheduled?.cancel()
    scheduled = nil
    ping = nil
    giveUp = nil
  }

  private func wait(until deadline: NIODeadline) {
    scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.check() }
  }

  private func check() {
    let now = NIODeadline.now()
    if now - lastRead < interval { return wait(until: lastRead + interval) }
    ping?()
    scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: now + timeout) { [weak self] in
      guard let self else { return }
      if lastRead >= now { wait(until: lastRead + interval) } else { giveUp?() }
    }
  }
}
#endif
