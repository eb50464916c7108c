#if Networking
import NIOCore
import Synchronization

/// What other threads ask of a connection, handed to its event loop in batches: however many items are posted before the
/// loop gets to them, it is woken once, and the receiver flushes once.
final class LoopMailbox<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var isClosed = false
  }

  let eventLoop: any EventLoop
  private let state = Mutex(State())
  private let receiver: NIOLoopBoundBox<(any MailboxReceiver<Item>)?>

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    receiver = .makeEmptyBox(valueType: (any MailboxReceiver<Item>).self, eventLoop: eventLoop)
  }

  /// On the loop. The receiver is held until ``close()``.
  func open(_ receiver: any MailboxReceiver<Item>) { self.receiver.value = receiver }

  /// On the loop: hands over what is still there and refuses what comes later.
  func close() {
    state.withLock { $0.isClosed = true }
    deliver()
    receiver.value = nil
  }

  /// - Returns: false when the connection is gone; the item is dropped.
  @discardableResult
  func post(_ item: Item) -> Bool {
    if eventLoop.inEventLoop {
      // Senders rely on the order of their own items only, and one that is on the loop now cannot have posted anything
      // that is still in the hands of a delivery further up the stack.
      deliver()
      guard let receiver = receiver.value else { return false }
      receiver.receive(item)
      receiver.finishReceiving()
      return true
    }
    let (isAccepted, isFirst) = state.withLock { state in
      if state.isClosed { return (false, false) }
      state.items.append(item)
      return (true, state.items.count == 1)
    }
    if isFirst {
      eventLoop.execute {
        self.deliver()
        self.receiver.value?.finishReceiving()
      }
    }
    return isAccepted
  }

  private func deliver() {
    let items = state.withLock { state -> [Item] in
      if state.items.isEmpty { return [] }
      defer { state.items = [] }
      return state.items
    }
    for item in items { receiver.value?.receive(item) }
  }
}

/// The loop's side of a mailbox.
protocol MailboxReceiver<Item>: AnyObject {
  associatedtype Item: Sendable
  func receive(_ item: Item)
  /// Comes after each batch: the time to flush.
  func finishReceiving()
}
#endif
